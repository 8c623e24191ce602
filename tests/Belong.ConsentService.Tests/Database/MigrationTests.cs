using Belong.ConsentService.Database;
using Belong.ConsentService.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Belong.ConsentService.Tests.Database;

public class MigrationTests : IAsyncLifetime
{
    private NpgsqlDataSource _source = null!;
    private FactsDatabase _database = null!;

    public async Task InitializeAsync()
    {
        _source = FactsDataSource.Create(await (await PostgresServer.SharedAsync()).CreateDatabaseAsync());
        _database = new FactsDatabase(_source, NullLogger<FactsDatabase>.Instance);
    }

    public async Task DisposeAsync() => await _source.DisposeAsync();

    [Fact]
    public async Task Eight_instances_that_start_at_once_apply_each_migration_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => _database.MigrateAsync(CancellationToken.None))));
        Assert.Equal(Migration.ReadAll().Length, await CountAsync("schema_migration"));
        Assert.Equal(1, await CountAsync("facts_identity"));
    }

    [Fact]
    public async Task Migrating_again_changes_nothing()
    {
        await _database.MigrateAsync(CancellationToken.None);
        var identity = await _database.ReadIdentityAsync(CancellationToken.None);
        await _database.MigrateAsync(CancellationToken.None);
        Assert.Equal(identity, await _database.ReadIdentityAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_migration_that_was_changed_after_it_was_applied_is_refused_by_name()
    {
        await _database.MigrateAsync(CancellationToken.None);
        Migration[] changed = [new Migration("0001_facts", "SELECT 1"), new Migration("0002_more", "CREATE TABLE more (id int)")];
        var error = await Assert.ThrowsAsync<MigrationException>(
            () => new Migrator(_source, changed, NullLogger.Instance).RunAsync(CancellationToken.None));
        Assert.Contains("0001_facts", error.Message, StringComparison.Ordinal);
        Assert.Contains("must not be changed", error.Message, StringComparison.Ordinal);
        Assert.Equal(Migration.ReadAll().Length, await CountAsync("schema_migration"));
        Assert.Equal(0, await CountAsync("pg_class WHERE relname = 'more'"));
    }

    [Fact]
    public async Task A_migration_that_fails_leaves_nothing_behind()
    {
        Migration[] broken = [.. Migration.ReadAll(), new Migration("0009_broken", "CREATE TABLE half (id int); SELECT 1/0")];
        await Assert.ThrowsAsync<PostgresException>(() => new Migrator(_source, broken, NullLogger.Instance).RunAsync(CancellationToken.None));
        Assert.Equal(0, await CountAsync("pg_class WHERE relname IN ('half', 'member', 'schema_migration')"));
    }

    [Fact]
    public async Task The_identity_names_server_and_timeline_and_is_renewed_once()
    {
        await _database.MigrateAsync(CancellationToken.None);
        var identity = await _database.ReadIdentityAsync(CancellationToken.None);
        var server = await _database.ReadServerAsync(CancellationToken.None);
        Assert.Matches("^[a-z2-7]{5}$", identity.Generation);
        Assert.Matches("^[0-9]+$", server.SystemIdentifier);
        Assert.Matches("^00000001/[0-9]+$", server.Timeline);
        Assert.Equal((server.SystemIdentifier, server.Timeline), (identity.SystemIdentifier, identity.Timeline));

        var renewed = await _database.RenewIdentityAsync(identity.Generation, CancellationToken.None);
        Assert.NotEqual(identity.Generation, renewed.Generation);
        Assert.Equal(renewed, await _database.RenewIdentityAsync(identity.Generation, CancellationToken.None));
    }

    private async Task<long> CountAsync(string from)
    {
        await using var command = _source.CreateCommand($"SELECT count(*) FROM {from}");
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
