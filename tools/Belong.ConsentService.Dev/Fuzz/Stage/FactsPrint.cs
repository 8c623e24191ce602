using Belong.ConsentService.Database;
using Npgsql;

namespace Belong.ConsentService.Dev.Fuzz.Stage;

/// <summary>What PostgreSQL holds, as one number for each table, so that any change shows.</summary>
internal sealed record FactsPrint(IReadOnlyDictionary<string, string> Tables)
{
    private static readonly string[] Names = ["member", "register", "vendor", "policy_version", "determination", "history", "erased_member", "member_boundary", "schema_migration"];

    public static async Task<FactsPrint> ReadAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        var tables = new Dictionary<string, string>();
        foreach (var name in Names)
        {
            await using var command = database.CreateCommand(
                $"SELECT count(*) || ' rows ' || coalesce(md5(string_agg(row, '' ORDER BY row)), '') FROM (SELECT t::text AS row FROM {name} t) rows");
            tables[name] = (string)(await command.ExecuteScalarAsync(cancellation))!;
        }

        return new FactsPrint(tables);
    }

    /// <summary>The tables that are not as they were.</summary>
    public IEnumerable<string> DifferencesFrom(FactsPrint before) =>
        Tables.Where(table => before.Tables[table.Key] != table.Value).Select(table => $"{table.Key} had {before.Tables[table.Key]} and has {table.Value}");

    /// <summary>Writes in the history, by kind: each of one member or the register has a row, each import one, and each imported member one.</summary>
    public static async Task<long> CountWritesAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("SELECT count(*) FROM history WHERE idempotency_key IS NOT NULL");
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>Members whose facts the service could not read.</summary>
    public static async Task<List<string>> FindUnreadableAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        var unreadable = new List<string>();
        await using var command = database.CreateCommand("SELECT id, facts::text FROM member");
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            try
            {
                FactsJson.ReadMember(System.Text.Encoding.UTF8.GetBytes(reader.GetString(1)), version: 1);
            }
            catch (Exception e) when (e is System.Text.Json.JsonException or FormatException or InvalidDataException)
            {
                unreadable.Add($"{reader.GetString(0)}: {e.Message}");
            }
        }

        return unreadable;
    }
}
