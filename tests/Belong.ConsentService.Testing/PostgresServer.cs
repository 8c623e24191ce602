using System.Globalization;
using Belong.ConsentService.Testing.Hosts;
using Npgsql;
using Testcontainers.PostgreSql;

namespace Belong.ConsentService.Testing;

/// <summary>A PostgreSQL for tests: given by the environment, else started from local binaries, else in a container.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private const string Variable = "CONSENT_TEST_POSTGRES";
    private const string Image = "postgres:15";
    private const int Attempts = 3;

    // Durability against a power cut is not tested; what a commit means to others stays as in production.
    private static readonly string[] Settings =
        ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=200", "-c", "max_wal_size=4GB"];

    private static readonly Lazy<Task<PostgresServer>> Shared = new(() => StartAsync(CancellationToken.None));
    private static int _databases;

    private readonly IServerHost _host;

    private PostgresServer(IServerHost host, string connectionString)
    {
        _host = host;
        ConnectionString = connectionString;
    }

    /// <summary>Of a superuser, to the database "postgres".</summary>
    public string ConnectionString { get; }

    public int Port => new NpgsqlConnectionStringBuilder(ConnectionString).Port;

    /// <summary>One server for all tests of the process, started with the first use and ended with the process.</summary>
    public static Task<PostgresServer> SharedAsync() => Shared.Value;

    /// <summary>A server that may be the one of the environment.</summary>
    public static async Task<PostgresServer> StartAsync(CancellationToken cancellation = default)
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given)
        {
            return await WhenReadyAsync(new PostgresServer(new GivenHost(Variable), given), cancellation);
        }

        return await StartPrivateAsync(cancellation);
    }

    /// <summary>A server that belongs to the caller alone and may be paused and killed.</summary>
    public static async Task<PostgresServer> StartPrivateAsync(CancellationToken cancellation = default)
    {
        if (Binaries.FindPostgres() is not { } programs)
        {
            return await WhenReadyAsync(await StartContainerAsync(cancellation), cancellation);
        }

        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await WhenReadyAsync(await StartLocalAsync(programs, cancellation), cancellation);
            }
            catch (InvalidOperationException) when (attempt < Attempts)
            {
                // Another process took the port between finding and using it.
            }
        }
    }

    /// <summary>Makes an empty database and returns its connection string.</summary>
    public async Task<string> CreateDatabaseAsync(CancellationToken cancellation = default)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"test_{Environment.ProcessId}_{Interlocked.Increment(ref _databases)}_{Guid.NewGuid().ToString("N")[..6]}");
        await ExecuteAsync(ConnectionString, $"CREATE DATABASE {name}", cancellation);
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

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    private static async Task<PostgresServer> StartLocalAsync(string programs, CancellationToken cancellation)
    {
        var user = Kernel.IsRoot ? "postgres" : null;
        var folder = await ServerFolder.CreateAsync("postgres", user, cancellation);
        var data = Path.Combine(folder, "data");
        string[] initialise =
            [Path.Combine(programs, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"];
        await new LocalCommand(user, folder, initialise).RunAsync(cancellation);

        var port = LoopbackPort.FindFree();
        string[] serve =
        [
            Path.Combine(programs, "postgres"), "-D", data, "-p", port.ToString(CultureInfo.InvariantCulture),
            "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", .. Settings,
        ];
        var host = await LocalHost.StartAsync(new LocalCommand(user, folder, serve));
        return new PostgresServer(host, BuildConnectionString(port));
    }

    private static async Task<PostgresServer> StartContainerAsync(CancellationToken cancellation)
    {
        var port = LoopbackPort.FindFree();
        var container = new PostgreSqlBuilder(Image)
            .WithDatabase("postgres").WithUsername("postgres").WithPassword("postgres")
            .WithPortBinding(port, PostgreSqlBuilder.PostgreSqlPort)
            .WithCommand(Settings)
            .WithCreateParameterModifier(parameters => parameters.StopSignal = "SIGKILL")
            .Build();
        await container.StartAsync(cancellation);
        return new PostgresServer(new ContainerHost(container), BuildConnectionString(port) + ";Password=postgres");
    }

    private static string BuildConnectionString(int port) =>
        string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={port};Username=postgres;Database=postgres");

    private static async Task<PostgresServer> WhenReadyAsync(PostgresServer server, CancellationToken cancellation)
    {
        try
        {
            await Waiting.UntilReadyAsync(server._host, token => ExecuteAsync(server.ConnectionString, "SELECT 1", token), cancellation);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }

        Announcement.Say($"PostgreSQL: {server._host.Kind}");
        return server;
    }

    private static async Task ExecuteAsync(string connectionString, string sql, CancellationToken cancellation)
    {
        // Pooled connections of this admin would outlive a kill and hide that the server is up again.
        var own = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString;
        await using var connection = new NpgsqlConnection(own);
        await connection.OpenAsync(cancellation);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
