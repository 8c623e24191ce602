using System.Globalization;
using Belong.ConsentService.Testing.Hosts;
using Belong.ConsentService.Testing.Postgres;
using Npgsql;
using Testcontainers.PostgreSql;

namespace Belong.ConsentService.Testing;

/// <summary>A PostgreSQL for tests: given by the environment, else started from local binaries, else in a container, or as CONSENT_TEST_SERVERS says.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private const string Variable = "CONSENT_TEST_POSTGRES";
    private const string Name = "PostgreSQL";
    private const string Image = "postgres:15";

    // Durability against a power cut is not tested; what a commit means to others stays as in production.
    internal static readonly string[] Settings =
        ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=200", "-c", "max_wal_size=4GB"];

    private static readonly Lazy<Task<PostgresServer>> Shared = new(() => StartAsync(CancellationToken.None));

    private readonly IServerHost _host;
    private readonly PostgresNode? _node;
    private readonly string _name;

    private PostgresServer(IServerHost host, string connectionString, string name = Name)
    {
        _host = host;
        _name = name;
        ConnectionString = connectionString;
    }

    private PostgresServer(PostgresNode node, string name) : this(node.Host, node.ConnectionString, name) => _node = node;

    /// <summary>Of a superuser, to the database "postgres".</summary>
    public string ConnectionString { get; }

    private PostgresNode Node => _node ?? throw new InvalidOperationException("Only a PostgreSQL that was started with StartRestorableAsync can be put back.");

    public int Port => new NpgsqlConnectionStringBuilder(ConnectionString).Port;

    /// <summary>One server for all tests of the process, started with the first use and ended with the process.</summary>
    public static Task<PostgresServer> SharedAsync() => Shared.Value;

    /// <summary>A server that may be the one of the environment.</summary>
    public static async Task<PostgresServer> StartAsync(CancellationToken cancellation = default)
    {
        if (ServerChoice.FindGiven(Variable) is { } given)
        {
            return await WhenReadyAsync(new PostgresServer(new GivenHost(Variable), given), cancellation);
        }

        return await StartPrivateAsync(cancellation);
    }

    /// <summary>A server that belongs to the caller alone and may be paused and killed.</summary>
    public static async Task<PostgresServer> StartPrivateAsync(CancellationToken cancellation = default)
    {
        var server = ServerChoice.TakesContainer("PostgreSQL", Binaries.FindPostgres()) ? await StartContainerAsync(cancellation) : await StartLocalAsync(cancellation);
        return await WhenReadyAsync(server, cancellation);
    }

    /// <summary>The same that can also be put back to a backup: always from local binaries, as its data is replaced under it.</summary>
    public static async Task<PostgresServer> StartRestorableAsync(CancellationToken cancellation = default) =>
        await WhenReadyAsync(await StartLocalAsync(cancellation, "PostgreSQL to be put back"), cancellation);

    /// <summary>Makes an empty database and returns its connection string.</summary>
    public async Task<string> CreateDatabaseAsync(CancellationToken cancellation = default)
    {
        var name = await PostgresAsking.CreateDatabaseAsync(ConnectionString, cancellation);
        return new NpgsqlConnectionStringBuilder(ConnectionString) { Database = name }.ConnectionString;
    }

    /// <summary>Stops answering, with all connections open.</summary>
    public Task PauseAsync(CancellationToken cancellation = default) => _host.PauseAsync(cancellation);

    public Task ResumeAsync(CancellationToken cancellation = default) => _host.ResumeAsync(cancellation);

    /// <summary>Dies at once; what was committed is there after <see cref="RestartAsync"/>.</summary>
    public Task KillAsync(CancellationToken cancellation = default) => _host.KillAsync(cancellation);

    /// <summary>Kills it if it runs, and starts it again on the same port with the same data.</summary>
    public async Task RestartAsync(CancellationToken cancellation = default)
    {
        await _host.KillAsync(cancellation);
        await _host.StartAgainAsync(cancellation);
        await WhenReadyAsync(this, cancellation);
    }

    /// <summary>Copies all data as of now, to restore it later.</summary>
    public Task<PostgresBackup> TakeBackupAsync(CancellationToken cancellation = default) => Node.TakeBackupAsync(cancellation);

    /// <summary>
    /// Kills it and starts it again on the same port with the data of the backup and nothing later: as the same system
    /// whose transaction ids have gone back, or as a new system.
    /// </summary>
    public Task RestoreAsync(PostgresBackup backup, bool asNewSystem, CancellationToken cancellation = default) =>
        Node.RestoreAsync(backup, asNewSystem, cancellation);

    public ValueTask DisposeAsync() => _node?.DisposeAsync() ?? _host.DisposeAsync();

    private static async Task<PostgresServer> StartLocalAsync(CancellationToken cancellation, string name = Name)
    {
        var data = await PostgresData.CreateAsync(cancellation);
        await data.InitialiseAsync(cancellation);
        return new PostgresServer(await PostgresNode.StartAsync(data, [], cancellation), name);
    }

    private static async Task<PostgresServer> StartContainerAsync(CancellationToken cancellation)
    {
        var port = LoopbackPort.FindFree();
        var container = new PostgreSqlBuilder(Image)
            .WithDatabase("postgres").WithUsername("postgres").WithPassword("postgres")
            .WithPortBinding(port, PostgreSqlBuilder.PostgreSqlPort)
            // Which the builder turns off.
            .WithCommand([.. Settings, "-c", "synchronous_commit=on"])
            .WithCreateParameterModifier(parameters => parameters.StopSignal = "SIGKILL")
            .Build();
        return new PostgresServer(await ContainerHost.StartAsync(container, cancellation), string.Create(
            CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={port};Username=postgres;Database=postgres;Password=postgres"));
    }

    private static async Task<PostgresServer> WhenReadyAsync(PostgresServer server, CancellationToken cancellation)
    {
        try
        {
            await Waiting.UntilReadyAsync(server._host, token => PostgresAsking.AskAsync(server.ConnectionString, "SELECT 1", token), cancellation);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }

        Announcement.Say($"{server._name}: {server._host.Kind}");
        return server;
    }
}
