using Belong.ConsentService.Rules;
using Npgsql;
using NpgsqlTypes;

namespace Belong.ConsentService.Registry;

/// <summary>One member of an import as it is staged.</summary>
internal sealed record ImportRow(long Line, string Id, byte[] Facts, object? ErasureDue, string ChangesJson);

/// <summary>The table that an import is copied to, and the few statements that carry it over; lives in one transaction.</summary>
internal sealed class ImportStage(NpgsqlConnection connection, int statementTimeoutSeconds)
{
    private const string First = "SELECT DISTINCT ON (id) id, facts, erasure_due FROM import_member ORDER BY id, position";

    /// <summary>What did not become a member: given before in the file, or a member already.</summary>
    private const string Refused = """
        SELECT stage.position, stage.line, stage.id, stage.turn > 1 AS is_repeated
        FROM (SELECT position, line, id, row_number() OVER (PARTITION BY id ORDER BY position) AS turn FROM import_member) stage
        LEFT JOIN member ON member.id = stage.id AND member.changed_xid = pg_current_xact_id()
        WHERE stage.turn > 1 OR member.id IS NULL
        """;

    public Task CreateAsync(CancellationToken ct) => ExecuteAsync("""
        SET LOCAL work_mem = '64MB';
        CREATE TEMP TABLE import_member (
            position    bigint NOT NULL,
            line        bigint NOT NULL,
            id          text COLLATE "C" NOT NULL,
            facts       jsonb NOT NULL,
            erasure_due timestamptz,
            changes     jsonb NOT NULL
        ) ON COMMIT DROP
        """, ct);

    public async Task<NpgsqlBinaryImporter> BeginAsync(CancellationToken ct)
    {
        var importer = await connection.BeginBinaryImportAsync(
            "COPY import_member (position, line, id, facts, erasure_due, changes) FROM STDIN (FORMAT BINARY)", ct);
        importer.Timeout = TimeSpan.FromSeconds(statementTimeoutSeconds);
        return importer;
    }

    public static async Task WriteAsync(NpgsqlBinaryImporter importer, long position, ImportRow row, CancellationToken ct)
    {
        await importer.StartRowAsync(ct);
        await importer.WriteAsync(position, NpgsqlDbType.Bigint, ct);
        await importer.WriteAsync(row.Line, NpgsqlDbType.Bigint, ct);
        await importer.WriteAsync(row.Id, NpgsqlDbType.Text, ct);
        await importer.WriteAsync(row.Facts, NpgsqlDbType.Jsonb, ct);
        if (row.ErasureDue is DateTime due)
        {
            await importer.WriteAsync(due, NpgsqlDbType.TimestampTz, ct);
        }
        else
        {
            await importer.WriteNullAsync(ct);
        }

        await importer.WriteAsync(row.ChangesJson, NpgsqlDbType.Jsonb, ct);
    }

    /// <summary>Makes members of what was staged; returns how many.</summary>
    public Task<long> InsertMembersAsync(CancellationToken ct) =>
        ExecuteAsync($"INSERT INTO member (id, facts, erasure_due) {First} ON CONFLICT (id) DO NOTHING", ct);

    /// <summary>The first of those that did not become members.</summary>
    public async Task<List<(long Line, string Id, bool IsRepeated)>> ReadRefusedAsync(int limit, CancellationToken ct)
    {
        await ExecuteAsync("ANALYZE import_member", ct);
        await using var command = new NpgsqlCommand($"{Refused} ORDER BY stage.position LIMIT {limit}", connection) { CommandTimeout = statementTimeoutSeconds };
        await using var reader = await command.ExecuteReaderAsync(ct);
        var refused = new List<(long, string, bool)>();
        while (await reader.ReadAsync(ct))
        {
            refused.Add((reader.GetInt64(1), reader.GetString(2), reader.GetBoolean(3)));
        }

        return refused;
    }

    public Task DropRefusedAsync(CancellationToken ct) =>
        ExecuteAsync($"DELETE FROM import_member WHERE position IN (SELECT position FROM ({Refused}) refused)", ct);

    /// <summary>One row of history for each member, without a key: that of the import stands for all.</summary>
    public async Task InsertHistoryAsync(WriteOrigin origin, Instant recordedAt, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("""
            INSERT INTO history (subject_kind, subject_id, version, changes, received_at, recorded_at, caller, actor, reason)
            SELECT 'member', id, 1, changes, $1, $2, $3, $4, $5 FROM import_member ORDER BY position
            """, connection)
        {
            CommandTimeout = statementTimeoutSeconds,
            Parameters =
            {
                new NpgsqlParameter<DateTime> { TypedValue = origin.ReceivedBy(recordedAt).ToDateTime() },
                new NpgsqlParameter<DateTime> { TypedValue = recordedAt.ToDateTime() },
                HistoryStore.Text(origin.Caller),
                HistoryStore.Text(origin.Actor),
                HistoryStore.Text(origin.Reason),
            },
        };
        await command.ExecuteNonQueryAsync(ct);
    }

    private async Task<long> ExecuteAsync(string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = statementTimeoutSeconds };
        return await command.ExecuteNonQueryAsync(ct);
    }
}
