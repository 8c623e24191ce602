using Npgsql;

namespace Belong.ConsentService.Database;

/// <summary>
/// Brings the schema up to date in one transaction, under a lock that other instances wait for. What is up to date is
/// only read, so that an instance may run under a role that can change nothing of the schema.
/// </summary>
internal sealed partial class Migrator(NpgsqlDataSource source, Migration[] migrations, ILogger logger)
{
    private const long LockKey = 0x636f6e73656e74; // "consent"
    private const int LockTimeoutSeconds = 600;

    public async Task RunAsync(CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        if (await IsUpToDateAsync(connection, ct))
        {
            return;
        }

        await using var transaction = await connection.BeginTransactionAsync(ct);
        await ExecuteAsync(connection, $"SELECT pg_advisory_xact_lock({LockKey})", ct);
        await ExecuteAsync(connection, """
            CREATE TABLE IF NOT EXISTS schema_migration (
                name       text COLLATE "C" PRIMARY KEY,
                checksum   text NOT NULL,
                applied_at timestamptz NOT NULL DEFAULT now()
            )
            """, ct);
        var applied = await ReadAppliedAsync(connection, ct);
        foreach (var migration in migrations)
        {
            if (applied.Remove(migration.Name, out var checksum))
            {
                RequireUnchanged(migration, checksum);
                continue;
            }

            await ApplyAsync(connection, migration, ct);
        }

        WarnOfNewer(applied);
        await EnsureIdentityAsync(connection, ct);
        await transaction.CommitAsync(ct);
    }

    private async Task<bool> IsUpToDateAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using (var tables = new NpgsqlCommand("SELECT to_regclass('schema_migration') IS NOT NULL AND to_regclass('facts_identity') IS NOT NULL", connection))
        {
            if (!(bool)(await tables.ExecuteScalarAsync(ct))!)
            {
                return false;
            }
        }

        var applied = await ReadAppliedAsync(connection, ct);
        foreach (var migration in migrations)
        {
            if (!applied.Remove(migration.Name, out var checksum))
            {
                return false;
            }

            RequireUnchanged(migration, checksum);
        }

        await using var identity = new NpgsqlCommand("SELECT EXISTS (SELECT FROM facts_identity)", connection);
        if (!(bool)(await identity.ExecuteScalarAsync(ct))!)
        {
            return false;
        }

        WarnOfNewer(applied);
        return true;
    }

    private void WarnOfNewer(Dictionary<string, string> unknown)
    {
        foreach (var name in unknown.Keys)
        {
            Log.NewerMigration(logger, name);
        }
    }

    private static void RequireUnchanged(Migration migration, string checksum)
    {
        if (checksum != migration.Checksum)
        {
            throw new MigrationException(
                $"Migration {migration.Name} was applied to this database with checksum {checksum}, and this program carries it with "
                + $"checksum {migration.Checksum}: an applied migration must not be changed; restore its text and add a new migration instead.");
        }
    }

    private async Task ApplyAsync(NpgsqlConnection connection, Migration migration, CancellationToken ct)
    {
        await ExecuteAsync(connection, migration.Sql, ct);
        await using var command = new NpgsqlCommand("INSERT INTO schema_migration (name, checksum) VALUES ($1, $2)", connection)
        {
            Parameters = { new() { Value = migration.Name }, new() { Value = migration.Checksum } },
        };
        await command.ExecuteNonQueryAsync(ct);
        Log.Applied(logger, migration.Name);
    }

    private static async Task<Dictionary<string, string>> ReadAppliedAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var applied = new Dictionary<string, string>(StringComparer.Ordinal);
        await using var command = new NpgsqlCommand("SELECT name, checksum FROM schema_migration ORDER BY name", connection);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            applied.Add(reader.GetString(0), reader.GetString(1));
        }

        return applied;
    }

    private static async Task EnsureIdentityAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand($"""
            INSERT INTO facts_identity (generation, system_identifier, timeline, pseudonym_salt)
            SELECT $1, system_identifier, timeline, $2 FROM ({FactsDatabase.ServerIdentitySql}) server
            ON CONFLICT (one) DO NOTHING
            """, connection)
        {
            Parameters = { new() { Value = Generation.New() }, new() { Value = System.Security.Cryptography.RandomNumberGenerator.GetBytes(32) } },
        };
        await command.ExecuteNonQueryAsync(ct);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = LockTimeoutSeconds };
        await command.ExecuteNonQueryAsync(ct);
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "Applied migration {Name}")]
        public static partial void Applied(ILogger logger, string name);

        [LoggerMessage(EventId = 2, Level = LogLevel.Warning, Message = "The database has migration {Name} of a newer version of this program")]
        public static partial void NewerMigration(ILogger logger, string name);
    }
}
