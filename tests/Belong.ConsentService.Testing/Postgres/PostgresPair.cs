using System.Globalization;
using Belong.ConsentService.Testing.Hosts;
using Npgsql;

namespace Belong.ConsentService.Testing.Postgres;

/// <summary>
/// A PostgreSQL primary with a streaming standby. A commit is answered when the standby has applied it, so a
/// failover loses nothing that was acknowledged.
/// </summary>
public sealed class PostgresPair : IAsyncDisposable
{
    private static readonly TimeSpan AttachLimit = TimeSpan.FromSeconds(60);

    private static readonly string[] Replication =
        ["-c", "wal_level=replica", "-c", "wal_keep_size=512MB", "-c", "hot_standby=on", "-c", "wal_retrieve_retry_interval=200ms"];

    private readonly int[] _ports;
    private PostgresNode _primary;
    private PostgresNode _standby;
    private bool _isAttached;

    private PostgresPair(PostgresNode primary, PostgresNode standby)
    {
        _primary = primary;
        _standby = standby;
        _ports = [primary.Port, standby.Port];
    }

    /// <summary>Of a superuser, to the database "postgres", naming both servers in an order that never changes.</summary>
    public string ConnectionString =>
        string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1:{_ports[0]},127.0.0.1:{_ports[1]};Username=postgres;Database=postgres");

    /// <summary>To the present primary only.</summary>
    public string PrimaryConnectionString => _primary.ConnectionString;

    /// <summary>To the present standby only, which answers reads.</summary>
    public string StandbyConnectionString => _standby.ConnectionString;

    /// <summary>Comes back when commits wait for the standby.</summary>
    public static async Task<PostgresPair> StartAsync(CancellationToken cancellation = default)
    {
        var data = await PostgresData.CreateAsync(cancellation);
        await data.InitialiseAsync(cancellation);
        var primary = await PostgresNode.StartAsync(data, [.. Replication, "-c", "cluster_name=one"], cancellation);
        PostgresPair? pair = null;
        try
        {
            var copy = await PostgresData.CreateAsync(cancellation);
            await copy.FollowAsync(primary.Port, cancellation);
            pair = new PostgresPair(primary, await PostgresNode.StartAsync(copy, [.. Replication, "-c", "cluster_name=two"], cancellation));
            await pair.AttachAsync(cancellation);
        }
        catch
        {
            await (pair?.DisposeAsync() ?? primary.DisposeAsync());
            throw;
        }

        Announcement.Say("PostgreSQL with a standby: local binaries");
        return pair;
    }

    /// <summary>Makes an empty database and returns a connection string that names both servers.</summary>
    public async Task<string> CreateDatabaseAsync(CancellationToken cancellation = default)
    {
        var name = await PostgresAsking.CreateDatabaseAsync(PrimaryConnectionString, cancellation);
        return new NpgsqlConnectionStringBuilder(ConnectionString) { Database = name }.ConnectionString;
    }

    /// <summary>The same database on the present primary only.</summary>
    public string ToPrimary(string connectionString)
    {
        var database = new NpgsqlConnectionStringBuilder(connectionString).Database;
        return new NpgsqlConnectionStringBuilder(PrimaryConnectionString) { Database = database }.ConnectionString;
    }

    /// <summary>The primary stops answering, with all connections open.</summary>
    public Task PauseAsync(CancellationToken cancellation = default) => _primary.Host.PauseAsync(cancellation);

    public Task ResumeAsync(CancellationToken cancellation = default) => _primary.Host.ResumeAsync(cancellation);

    /// <summary>The standby stops answering: no commit is answered until it goes on.</summary>
    public Task PauseStandbyAsync(CancellationToken cancellation = default) => _standby.Host.PauseAsync(cancellation);

    public Task ResumeStandbyAsync(CancellationToken cancellation = default) => _standby.Host.ResumeAsync(cancellation);

    /// <summary>The primary dies at once; what was committed is there after <see cref="RestartAsync"/>.</summary>
    public Task KillAsync(CancellationToken cancellation = default) => _primary.KillAsync(cancellation);

    /// <summary>Kills the primary if it runs, and starts it again on the same port, as the primary; the standby follows again.</summary>
    public async Task RestartAsync(CancellationToken cancellation = default)
    {
        await _primary.KillAsync(cancellation);
        await _primary.StartAgainAsync(cancellation);
        if (_isAttached)
        {
            await WaitForStandbyAsync("sync_state = 'sync'", cancellation);
        }
    }

    /// <summary>Kills the primary and promotes the standby; comes back when that takes writes.</summary>
    public async Task FailOverAsync(CancellationToken cancellation = default)
    {
        if (!_isAttached)
        {
            throw new InvalidOperationException("There is no standby to fail over to: rebuild it first.");
        }

        _isAttached = false;
        await _primary.KillAsync(cancellation);
        (_primary, _standby) = (_standby, _primary);
        await _primary.AskAsync("SELECT pg_promote(wait => true)", cancellation);
        await Waiting.UntilAsync("the promoted standby takes writes", AttachLimit, token => _primary.IsTrueAsync("NOT pg_is_in_recovery()", token), cancellation);
        await StopWaitingForStandbyAsync(cancellation);
    }

    /// <summary>Wipes the server that is not the primary, copies the primary anew, and lets commits wait for it again.</summary>
    public async Task RebuildStandbyAsync(CancellationToken cancellation = default)
    {
        await DropStandbyAsync(cancellation);
        await _standby.Data.FollowAsync(_primary.Port, cancellation);
        await _standby.StartAgainAsync(cancellation);
        await AttachAsync(cancellation);
    }

    /// <summary>Kills the standby; commits do not wait for it any more.</summary>
    public async Task DropStandbyAsync(CancellationToken cancellation = default)
    {
        _isAttached = false;
        await StopWaitingForStandbyAsync(cancellation);
        await _standby.KillAsync(cancellation);
    }

    public Task<PostgresBackup> TakeBackupAsync(CancellationToken cancellation = default) => _primary.TakeBackupAsync(cancellation);

    /// <summary>
    /// Kills both and starts the primary again on its port with the data of the backup and nothing later: as the same
    /// system whose transaction ids have gone back, or as a new system. The standby stays dead until it is rebuilt.
    /// </summary>
    public async Task RestoreAsync(PostgresBackup backup, bool asNewSystem, CancellationToken cancellation = default)
    {
        _isAttached = false;
        await _standby.KillAsync(cancellation);
        await _primary.RestoreAsync(backup, asNewSystem, cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _standby.DisposeAsync();
        await _primary.DisposeAsync();
    }

    private async Task AttachAsync(CancellationToken cancellation)
    {
        await WaitForStandbyAsync("state = 'streaming'", cancellation);
        var name = (string)(await _standby.AskAsync("SHOW cluster_name", cancellation))!;
        await _primary.AskAsync($"ALTER SYSTEM SET synchronous_standby_names = '{name}'", cancellation);
        await _primary.AskAsync("ALTER SYSTEM SET synchronous_commit = remote_apply", cancellation);
        await _primary.AskAsync("SELECT pg_reload_conf()", cancellation);
        await WaitForStandbyAsync("sync_state = 'sync'", cancellation);
        _isAttached = true;
    }

    private async Task StopWaitingForStandbyAsync(CancellationToken cancellation)
    {
        await _primary.AskAsync("ALTER SYSTEM RESET synchronous_standby_names", cancellation);
        await _primary.AskAsync("ALTER SYSTEM RESET synchronous_commit", cancellation);
        await _primary.AskAsync("SELECT pg_reload_conf()", cancellation);
    }

    private Task WaitForStandbyAsync(string state, CancellationToken cancellation) => Waiting.UntilAsync(
        $"the standby of PostgreSQL is attached with {state}", AttachLimit,
        token => _primary.IsTrueAsync($"count(*) = 1 FROM pg_stat_replication WHERE {state}", token), cancellation);
}
