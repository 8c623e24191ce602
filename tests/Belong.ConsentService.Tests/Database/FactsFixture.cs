using Belong.ConsentService.Database;
using Belong.ConsentService.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Belong.ConsentService.Tests.Database;

/// <summary>A migrated database of its own.</summary>
public class FactsFixture : IAsyncLifetime
{
    public NpgsqlDataSource Source { get; private set; } = null!;

    public string ConnectionString { get; private set; } = "";

    public FactsDatabase Database { get; private set; } = null!;

    public virtual async Task InitializeAsync()
    {
        var server = await PostgresServer.SharedAsync();
        ConnectionString = await server.CreateDatabaseAsync();
        Source = FactsDataSource.Create(ConnectionString);
        Database = new FactsDatabase(Source, NullLogger<FactsDatabase>.Instance);
        await Database.MigrateAsync(CancellationToken.None);
    }

    public virtual async Task DisposeAsync() => await Source.DisposeAsync();

    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = Source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>All that is stored, as one hash.</summary>
    public Task<string> DigestAsync() => ScalarAsync<string>("""
        SELECT md5(concat(
            (SELECT string_agg(t::text, '|' ORDER BY t::text) FROM facts_identity t),
            (SELECT string_agg(t::text, '|' ORDER BY t::text) FROM member t),
            (SELECT string_agg(t::text, '|' ORDER BY t::text) FROM register t),
            (SELECT string_agg(t::text, '|' ORDER BY t::text) FROM vendor t),
            (SELECT string_agg(t::text, '|' ORDER BY t::text) FROM policy_version t),
            (SELECT string_agg(t::text, '|' ORDER BY t::text) FROM determination t),
            (SELECT string_agg(t::text, '|' ORDER BY t::text) FROM history t),
            (SELECT string_agg(t::text, '|' ORDER BY t::text) FROM erased_member t)))
        """);
}
