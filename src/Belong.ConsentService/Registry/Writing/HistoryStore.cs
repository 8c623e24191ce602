using System.Globalization;
using System.Security.Cryptography;
using Belong.ConsentService.Database;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Rules;
using Grpc.Core;
using Npgsql;
using NpgsqlTypes;

namespace Belong.ConsentService.Registry;

/// <summary>One row of the history to be written. A row without a key cannot be repeated.</summary>
internal sealed record HistoryRow(
    string Kind,
    string SubjectId,
    long Version,
    string ChangesJson,
    Instant ReceivedAt,
    Instant RecordedAt,
    string Caller,
    string Actor,
    string Reason,
    string? IdempotencyKey,
    byte[]? ContentHash,
    ulong? Xid = null)
{
    public const string Member = "member";
    public const string Register = "register";
    public const string Import = "import";

    public static HistoryRow Of(WriteOrigin origin, string kind, string subjectId, long version, string changesJson, Instant recordedAt, byte[] contentHash) =>
        new(kind, subjectId, version, changesJson, origin.ReceivedBy(recordedAt), recordedAt, origin.Caller, origin.Actor, origin.Reason, origin.IdempotencyKey, contentHash);
}

/// <summary>What was recorded under an idempotency key.</summary>
internal sealed record EarlierWrite(string Kind, byte[] ContentHash, long Version, Instant RecordedAt, ulong Xid, string ChangesJson)
{
    /// <summary>The same key stands for the same content, for ever.</summary>
    public void RequireSame(string key, byte[] contentHash)
    {
        if (!CryptographicOperations.FixedTimeEquals(ContentHash, contentHash))
        {
            throw Refusal.Of(StatusCode.AlreadyExists, "IDEMPOTENCY_KEY_TAKEN",
                $"context.idempotency_key is {Require.Show(key)}: it was used at {RecordedAt} for other content; a new write needs a new key");
        }
    }
}

/// <summary>Writes and finds rows of the history.</summary>
internal static class HistoryStore
{
    /// <summary>
    /// A transaction id that is not in the past here comes from a database that was restored elsewhere:
    /// what it wrote is visible to every later transaction, so that the present one can stand for it.
    /// </summary>
    private const string FindSql = """
        SELECT subject_kind, content_hash, version, recorded_at,
               CASE WHEN xid < pg_snapshot_xmax(pg_current_snapshot()) THEN xid ELSE pg_current_xact_id() END, changes
        FROM history WHERE caller = $1 AND idempotency_key = $2
        """;

    private const string InsertSql = """
        INSERT INTO history (subject_kind, subject_id, version, changes, received_at, recorded_at, caller, actor, reason, idempotency_key, content_hash, xid)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, coalesce($12, pg_current_xact_id()))
        """;

    /// <summary>The first command of a write: what it locks is freed although the instance be cut off.</summary>
    public static NpgsqlBatchCommand IdleLimitCommand(RegistrySettings settings) => new(string.Create(
        CultureInfo.InvariantCulture, $"SET LOCAL idle_in_transaction_session_timeout = {settings.IdleTransactionTimeoutMs}"));

    public static NpgsqlBatchCommand FindCommand(string caller, string key) => new(FindSql)
    {
        Parameters = { Text(caller), Text(key) },
    };

    public static async Task<EarlierWrite?> ReadFoundAsync(NpgsqlDataReader reader, CancellationToken ct) => await reader.ReadAsync(ct)
        ? new EarlierWrite(reader.GetString(0), reader.GetFieldValue<byte[]>(1), reader.GetInt64(2),
            Instant.FromDateTime(reader.GetDateTime(3)), reader.GetFieldValue<ulong>(4), reader.GetString(5))
        : null;

    /// <summary>
    /// The generation that a token is stamped with. A server that was restored a moment ago has none of its
    /// own yet: its transaction ids would be measured by those of the database before.
    /// </summary>
    public static async Task<string> ReadGenerationAsync(NpgsqlDataReader reader, CancellationToken ct) =>
        await reader.ReadAsync(ct) && reader.GetBoolean(1) ? reader.GetString(0) : throw StoreErrors.Restored();

    public static NpgsqlBatchCommand InsertCommand(HistoryRow row) => new(InsertSql)
    {
        Parameters =
        {
            Text(row.Kind),
            Text(row.SubjectId),
            new NpgsqlParameter<long> { TypedValue = row.Version },
            new NpgsqlParameter<string> { TypedValue = row.ChangesJson, NpgsqlDbType = NpgsqlDbType.Jsonb },
            new NpgsqlParameter<DateTime> { TypedValue = row.ReceivedAt.ToDateTime() },
            new NpgsqlParameter<DateTime> { TypedValue = row.RecordedAt.ToDateTime() },
            Text(row.Caller),
            Text(row.Actor),
            Text(row.Reason),
            Nullable(row.IdempotencyKey, NpgsqlDbType.Text),
            Nullable(row.ContentHash, NpgsqlDbType.Bytea),
            Nullable(row.Xid, NpgsqlDbType.Xid8),
        },
    };

    public static NpgsqlParameter Text(string value) => new NpgsqlParameter<string> { TypedValue = value };

    public static NpgsqlParameter Nullable(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };
}
