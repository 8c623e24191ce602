using System.Security.Cryptography;
using System.Text;
using Belong.ConsentService.Rules;
using Npgsql;
using NpgsqlTypes;

namespace Belong.ConsentService.Database;

/// <summary>Reads the facts in PostgreSQL, and brings their schema up to date.</summary>
public sealed partial class FactsDatabase(NpgsqlDataSource source, ILogger<FactsDatabase> logger)
{
    /// <summary>
    /// The timeline is the first part of the name of the log file being written. With it stands the table's
    /// own number: a dump that is restored into the same server gives the table another one.
    /// </summary>
    internal const string ServerIdentitySql = """
        SELECT system_identifier::text AS system_identifier,
            left(pg_walfile_name(pg_current_wal_lsn()), 8) || '/' || 'member'::regclass::oid AS timeline
        FROM pg_control_system()
        """;

    /// <summary>The newest mark; null when there is none.</summary>
    internal const string NewestMarkSql = "SELECT mark FROM lineage ORDER BY seq DESC LIMIT 1";

    /// <summary>
    /// The recorded generation, and whether the server that answers is the recorded one and has not gone back behind
    /// a mark: $1 its generation, $2 the mark. Of another generation none is demanded.
    /// </summary>
    private const string GenerationSql = $"""
        SELECT recorded.generation, recorded.system_identifier = server.system_identifier AND recorded.timeline = server.timeline
            AND (recorded.generation <> $1 OR EXISTS (SELECT FROM lineage WHERE mark = $2))
        FROM facts_identity recorded, ({ServerIdentitySql}) server
        """;

    /// <summary>Several instances may call it at once. Throws <see cref="MigrationException"/> when the schema does not fit.</summary>
    public Task MigrateAsync(CancellationToken ct) => new Migrator(source, Migration.ReadAll(), logger).RunAsync(ct);

    /// <summary>Which database this is, as recorded.</summary>
    public async Task<FactsIdentity> ReadIdentityAsync(CancellationToken ct)
    {
        await using var command = source.CreateCommand("SELECT generation, system_identifier, timeline FROM facts_identity");
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct)
            ? new FactsIdentity(reader.GetString(0), reader.GetString(1), reader.GetString(2))
            : throw new MigrationException("The database has no identity yet: apply the migrations first.");
    }

    /// <summary>Which server answers now: other than recorded means a failover or a restore.</summary>
    public async Task<ServerIdentity> ReadServerAsync(CancellationToken ct)
    {
        await using var command = source.CreateCommand(ServerIdentitySql);
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return new ServerIdentity(reader.GetString(0), reader.GetString(1));
    }

    /// <summary>Gives the recorded generation, and whether this is the database that it was given to.</summary>
    internal static NpgsqlBatchCommand GenerationCommand(LineageMark known) => new(GenerationSql)
    {
        Parameters =
        {
            new NpgsqlParameter<string> { TypedValue = known.Generation },
            new NpgsqlParameter<Guid> { TypedValue = known.Mark },
        },
    };

    /// <summary>Gives the database a new generation and records the server, unless another instance did so since it was <paramref name="seen"/>.</summary>
    public async Task<FactsIdentity> RenewIdentityAsync(string seen, CancellationToken ct)
    {
        await using var command = source.CreateCommand($"""
            UPDATE facts_identity SET generation = $1, system_identifier = server.system_identifier, timeline = server.timeline
            FROM ({ServerIdentitySql}) server WHERE generation = $2
            """);
        command.Parameters.Add(new() { Value = Generation.New() });
        command.Parameters.Add(new() { Value = seen });
        await command.ExecuteNonQueryAsync(ct);
        return await ReadIdentityAsync(ct);
    }

    /// <summary>The facts of a member; null when there is no such member.</summary>
    public async Task<MemberFacts?> ReadMemberAsync(string id, CancellationToken ct)
    {
        await using var command = source.CreateCommand("SELECT version, facts FROM member WHERE id = $1");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = id });
        return await ReadOneAsync(command, ct);
    }

    /// <summary>
    /// The facts of a member, and whether they include a write. A server that was put back to a backup, or took
    /// over without the newest transactions, may never have seen it, or have given its number to another.
    /// </summary>
    public async Task<(MemberFacts? Facts, bool IsIncluded)> ReadMemberAsync(string id, FactsToken demanded, LineageMark known, CancellationToken ct)
    {
        await using var command = source.CreateCommand($"""
            SELECT known.generation = $4 AND known.is_same AND pg_visible_in_snapshot($5, pg_current_snapshot()), member.version, member.facts
            FROM ({GenerationSql}) known (generation, is_same) LEFT JOIN member ON member.id = $3
            """);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = known.Generation });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = known.Mark });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = id });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = demanded.Generation });
        command.Parameters.Add(new NpgsqlParameter<ulong> { TypedValue = demanded.Xid, NpgsqlDbType = NpgsqlDbType.Xid8 });
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        var facts = await reader.IsDBNullAsync(1, ct) ? null : FactsJson.ReadMember(reader.GetFieldValue<byte[]>(2), reader.GetInt64(1));
        return (facts, reader.GetBoolean(0));
    }

    /// <summary>What an erased member's facts were before the erasure; null when nothing was kept.</summary>
    public async Task<MemberFacts?> ReadErasedAsync(string id, CancellationToken ct)
    {
        if (await ReadSaltAsync(ct) is not { } salt)
        {
            return null;
        }

        await using var command = source.CreateCommand("SELECT version, facts FROM erased_member WHERE pseudonym = $1");
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = PseudonymOf(salt, id) });
        return await ReadOneAsync(command, ct);
    }

    /// <summary>All vendors, policy versions and determinations, as of one instant.</summary>
    public async Task<Register> ReadRegisterAsync(CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, ct);
        return (await RegisterRecords.ReadAsync(connection, ct)).ToRegister();
    }

    /// <summary>The name under which an erased member's facts are kept.</summary>
    internal static byte[] PseudonymOf(byte[] salt, string id) => HMACSHA256.HashData(salt, Encoding.UTF8.GetBytes(id));

    internal async Task<byte[]?> ReadSaltAsync(CancellationToken ct)
    {
        await using var command = source.CreateCommand("SELECT pseudonym_salt FROM facts_identity");
        return (byte[]?)await command.ExecuteScalarAsync(ct);
    }

    private static async Task<MemberFacts?> ReadOneAsync(NpgsqlCommand command, CancellationToken ct)
    {
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct)
            ? FactsJson.ReadMember(reader.GetFieldValue<byte[]>(1), reader.GetInt64(0))
            : null;
    }
}
