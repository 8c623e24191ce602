using System.Data;
using Belong.ConsentService.Cache;
using Belong.ConsentService.Database;
using Belong.ConsentService.Feed;
using Npgsql;

namespace Belong.ConsentService.Audit;

/// <summary>As of which snapshot of which database a read was.</summary>
internal sealed record AuditHead(SnapshotCursor Snapshot, string Generation);

internal sealed record MemberRow(string Id, long Version, byte[] Facts);

internal sealed record MemberPage(AuditHead Head, IReadOnlyList<MemberRow> Rows);

/// <param name="Value">What Redis should hold.</param>
internal sealed record RegisterRow(AuditHead Head, long Version, byte[] Value);

/// <summary>
/// The auditor's connection to PostgreSQL. It holds the lock by which only one of several feeders audits,
/// which saves work and is needed for nothing else. Not for concurrent use.
/// </summary>
internal sealed class AuditDatabase : IAsyncDisposable
{
    private const int MaxIdLength = 64;
    private const long LockKey = 0x62656c6f6e67; // "belong"

    private const string Head = $"""
        SELECT pg_current_snapshot()::text, recorded.generation,
            recorded.system_identifier = server.system_identifier AND recorded.timeline = server.timeline
        FROM facts_identity recorded, ({FactsDatabase.ServerIdentitySql}) server
        """;

    private const string Estimate = """
        SELECT greatest((SELECT reltuples FROM pg_class WHERE oid = 'member'::regclass), pg_stat_get_live_tuples('member'::regclass))::bigint
        """;

    private readonly NpgsqlConnection _connection;

    private AuditDatabase(NpgsqlConnection connection) => _connection = connection;

    /// <summary>What PostgreSQL takes for an id; with other text it might refuse the question.</summary>
    public static bool IsPossibleId(string id) => id.Length is > 0 and <= MaxIdLength && !id.AsSpan().ContainsAnyExceptInRange(' ', '~');

    /// <summary>Null while another instance audits.</summary>
    public static async Task<AuditDatabase?> TryOpenAsync(FeedDatabase database, CancellationToken cancellation)
    {
        var connection = await database.OpenApartAsync(cancellation);
        try
        {
            await using var command = new NpgsqlCommand("SELECT pg_try_advisory_lock($1)", connection) { Parameters = { new() { Value = LockKey } } };
            if ((bool)(await command.ExecuteScalarAsync(cancellation))!)
            {
                return new AuditDatabase(connection);
            }
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }

        await connection.DisposeAsync();
        return null;
    }

    /// <summary>About how many members there are, without counting them.</summary>
    public async Task<long> EstimateMembersAsync(CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(Estimate, _connection);
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>The members that follow an id, in the order of their ids.</summary>
    public Task<MemberPage> ReadPageAsync(string after, int limit, CancellationToken cancellation) => ReadAsync(
        new("SELECT id, version, facts FROM member WHERE id > $1 ORDER BY id LIMIT $2")
        {
            Parameters = { new NpgsqlParameter<string> { TypedValue = after }, new NpgsqlParameter<int> { TypedValue = limit } },
        },
        cancellation);

    /// <summary>Those of the members that exist.</summary>
    public Task<MemberPage> ReadMembersAsync(string[] ids, CancellationToken cancellation) => ReadAsync(
        new("SELECT id, version, facts FROM member WHERE id = ANY($1)") { Parameters = { new NpgsqlParameter<string[]> { TypedValue = ids } } },
        cancellation);

    public async Task<RegisterRow> ReadRegisterAsync(CancellationToken cancellation)
    {
        await using var transaction = await _connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
        AuditHead head;
        await using (var command = new NpgsqlCommand(Head, _connection))
        await using (var reader = await command.ExecuteReaderAsync(cancellation))
        {
            head = await ReadHeadAsync(reader, cancellation);
        }

        try
        {
            var records = await RegisterRecords.ReadAsync(_connection, cancellation);
            return new RegisterRow(head, records.Version, RegisterValue.Encode(records));
        }
        catch (UnreadableRegisterException e)
        {
            return new RegisterRow(head, e.Version, RegisterValue.EncodeUnreadable(e.Version));
        }
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private async Task<MemberPage> ReadAsync(NpgsqlBatchCommand rows, CancellationToken cancellation)
    {
        await using var transaction = await _connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
        await using var batch = new NpgsqlBatch(_connection) { BatchCommands = { new(Head), rows } };
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        var head = await ReadHeadAsync(reader, cancellation);
        await reader.NextResultAsync(cancellation);
        var found = new List<MemberRow>();
        while (await reader.ReadAsync(cancellation))
        {
            found.Add(new MemberRow(reader.GetString(0), reader.GetInt64(1), reader.GetFieldValue<byte[]>(2)));
        }

        return new MemberPage(head, found);
    }

    private static async Task<AuditHead> ReadHeadAsync(NpgsqlDataReader reader, CancellationToken cancellation) =>
        await reader.ReadAsync(cancellation) && reader.GetBoolean(2)
            ? new AuditHead(SnapshotCursor.Parse(reader.GetString(0)), reader.GetString(1))
            : throw new AuditSkipException("the database is not the one recorded");
}
