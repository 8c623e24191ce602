using Belong.ConsentService.Feed;
using Belong.ConsentService.Rules;
using Npgsql;

namespace Belong.ConsentService.Database;

/// <summary>What PostgreSQL says of where it is.</summary>
/// <param name="Snapshot">Everything that this sees is in what is read afterwards.</param>
public sealed record DatabasePosition(string Generation, SnapshotCursor Snapshot);

public sealed partial class FactsDatabase
{
    private const string PositionSql = $"""
        SELECT known.generation, known.is_same, pg_current_snapshot()::text
        FROM ({GenerationSql}) known (generation, is_same)
        """;

    /// <summary>Where the database is now.</summary>
    /// <param name="known">A mark that it must have.</param>
    /// <exception cref="MigrationException">It is not the one recorded, or was put back to a time before the mark.</exception>
    public async Task<DatabasePosition> ReadPositionAsync(LineageMark known, CancellationToken ct)
    {
        await using var batch = source.CreateBatch();
        batch.BatchCommands.Add(PositionCommand(known));
        await using var reader = await batch.ExecuteReaderAsync(ct);
        return await ReadPositionAsync(reader, ct);
    }

    /// <summary>The facts of those among the ids that are members, and a position that they include.</summary>
    /// <param name="known">As in <see cref="ReadPositionAsync(LineageMark, CancellationToken)"/>.</param>
    public async Task<(DatabasePosition Position, IReadOnlyDictionary<string, MemberFacts?> Members)> ReadMembersAsync(string[] ids, LineageMark known, CancellationToken ct)
    {
        await using var batch = source.CreateBatch();
        batch.BatchCommands.Add(PositionCommand(known));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("SELECT id, version, facts FROM member WHERE id = ANY($1)")
        {
            Parameters = { new NpgsqlParameter<string[]> { TypedValue = ids } },
        });
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var position = await ReadPositionAsync(reader, ct);
        await reader.NextResultAsync(ct);
        var members = new Dictionary<string, MemberFacts?>(ids.Length, StringComparer.Ordinal);
        while (await reader.ReadAsync(ct))
        {
            members.Add(reader.GetString(0), ReadFacts(reader));
        }

        return (position, members);
    }

    /// <summary>The ids of some members, whoever they are.</summary>
    public async Task<IReadOnlyList<string>> ReadSomeIdsAsync(int count, CancellationToken ct)
    {
        await using var command = source.CreateCommand("SELECT id FROM member LIMIT $1");
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = count });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var ids = new List<string>(count);
        while (await reader.ReadAsync(ct))
        {
            ids.Add(reader.GetString(0));
        }

        return ids;
    }

    /// <summary>Null for a row that cannot be understood: it is one member's, and must not be in the way of the others.</summary>
    private static MemberFacts? ReadFacts(NpgsqlDataReader reader)
    {
        try
        {
            return FactsJson.ReadMember(reader.GetFieldValue<byte[]>(2), reader.GetInt64(1));
        }
        catch (Exception e) when (e is not (OutOfMemoryException or NpgsqlException))
        {
            return null;
        }
    }

    internal static NpgsqlBatchCommand PositionCommand(LineageMark known)
    {
        var command = new NpgsqlBatchCommand(PositionSql);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = known.Generation });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = known.Mark });
        return command;
    }

    internal static async Task<DatabasePosition> ReadPositionAsync(NpgsqlDataReader reader, CancellationToken ct) =>
        await reader.ReadAsync(ct) && reader.GetBoolean(1)
            ? new DatabasePosition(reader.GetString(0), SnapshotCursor.Parse(reader.GetString(2)))
            : throw new MigrationException("The database is not the one recorded, or was put back to an earlier time.");
}
