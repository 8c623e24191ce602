using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Belong.ConsentService.Testing.Hosts;
using Belong.ConsentService.Testing.Redis;
using Testcontainers.Redis;

namespace Belong.ConsentService.Testing;

/// <summary>A Redis without persistence for tests: given by the environment, else from local binaries, else in a container, or as CONSENT_TEST_SERVERS says.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private const string Variable = "CONSENT_TEST_REDIS";
    private const string Image = "redis:7.0";
    private const string DataFile = "dump.rdb";

    private static readonly TimeSpan SaveLimit = TimeSpan.FromSeconds(30);
    private static readonly string[] Settings = ["--save", "", "--appendonly", "no"];
    private static readonly Lazy<Task<RedisServer>> Shared = new(() => StartAsync(CancellationToken.None));
    private static int _prefixes;
    private static int _copies;

    private readonly IServerHost _host;
    private readonly HeldPort? _port;

    private RedisServer(IServerHost host, string endpoint, HeldPort? port = null)
    {
        _host = host;
        _port = port;
        Endpoint = endpoint;
    }

    /// <summary>"127.0.0.1:port"</summary>
    public string Endpoint { get; }

    public int Port => int.Parse(Endpoint[(Endpoint.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture);

    /// <summary>One server for all tests of the process, started with the first use and ended with the process.</summary>
    public static Task<RedisServer> SharedAsync() => Shared.Value;

    /// <summary>A server that may be the one of the environment.</summary>
    public static async Task<RedisServer> StartAsync(CancellationToken cancellation = default)
    {
        if (ServerChoice.FindGiven(Variable) is { } given)
        {
            return await WhenReadyAsync(new RedisServer(new GivenHost(Variable), given), cancellation);
        }

        return await StartPrivateAsync(cancellation);
    }

    /// <summary>A server that belongs to the caller alone and may be paused and killed.</summary>
    public static async Task<RedisServer> StartPrivateAsync(CancellationToken cancellation = default)
    {
        var program = Binaries.FindRedis();
        var server = ServerChoice.TakesContainer("redis-server", program)
            ? await StartContainerAsync(cancellation)
            : await StartLocalAsync(program!, cancellation);
        return await WhenReadyAsync(server, cancellation);
    }

    /// <summary>A short key prefix that no other test uses, of this process or another.</summary>
    public static string CreatePrefix() =>
        string.Create(CultureInfo.InvariantCulture, $"t{Environment.ProcessId:x}{Interlocked.Increment(ref _prefixes):x}{Guid.NewGuid().ToString("N")[..4]}");

    /// <summary>Stops answering, with all connections open.</summary>
    public Task PauseAsync(CancellationToken cancellation = default) => _host.PauseAsync(cancellation);

    public Task ResumeAsync(CancellationToken cancellation = default) => _host.ResumeAsync(cancellation);

    public Task KillAsync(CancellationToken cancellation = default) => _host.KillAsync(cancellation);

    /// <summary>Kills it if it runs, and starts it again, empty, on the same port.</summary>
    public async Task RestartAsync(CancellationToken cancellation = default)
    {
        await _host.KillAsync(cancellation);
        await _host.StartAgainAsync(cancellation);
        await WhenReadyAsync(this, cancellation);
    }

    /// <summary>Keeps a copy of the data as of now, to go back to.</summary>
    public async Task<RedisCopy> SaveCopyAsync(CancellationToken cancellation = default)
    {
        var copy = new RedisCopy(string.Create(CultureInfo.InvariantCulture, $"copy-{Interlocked.Increment(ref _copies)}.rdb"));
        await RedisAsking.AskAsync(Port, ["SAVE"], SaveLimit, cancellation);
        await _host.RunBesideAsync(["mv", InFolder(DataFile), InFolder(copy.FileName)], cancellation);
        return copy;
    }

    /// <summary>Kills it, and starts it again on the same port with the data of the copy.</summary>
    public async Task GoBackAsync(RedisCopy copy, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(copy);
        // It writes no file by itself, and is killed before it could be told to.
        await _host.RunBesideAsync(["cp", InFolder(copy.FileName), InFolder(DataFile)], cancellation);
        await _host.KillAsync(cancellation);
        await _host.StartAgainAsync(cancellation);
        await WhenReadyAsync(this, cancellation);
        // The next restart comes back empty again.
        await _host.RunBesideAsync(["rm", InFolder(DataFile)], cancellation);
    }

    /// <summary>Changes a setting of the running server, such as maxmemory.</summary>
    public Task ConfigureAsync(string name, string value, CancellationToken cancellation = default) => _host is GivenHost
        ? throw new InvalidOperationException("The settings of a server that is not the tests' own are left alone.")
        : RedisAsking.AskAsync(Port, ["CONFIG", "SET", name, value], cancellation);

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _port?.Dispose();
    }

    private static async Task<RedisServer> StartLocalAsync(string program, CancellationToken cancellation)
    {
        var folder = await ServerFolder.CreateAsync("redis", owner: null, cancellation);
        var port = new HeldPort();
        string[] serve =
        [
            program, "--port", port.Number.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", folder,
            "--enable-debug-command", "local", .. Settings,
        ];
        var host = await LocalHost.StartAsync(new LocalCommand(User: null, folder, serve));
        return new RedisServer(host, BuildEndpoint(port.Number), port);
    }

    private static async Task<RedisServer> StartContainerAsync(CancellationToken cancellation)
    {
        var port = LoopbackPort.FindFree();
        var container = new RedisBuilder(Image)
            .WithPortBinding(port, RedisBuilder.RedisPort)
            .WithCommand(["redis-server", "--protected-mode", "no", "--dir", ContainerHost.DataFolder, "--enable-debug-command", "yes", .. Settings])
            .WithCreateParameterModifier(parameters => parameters.StopSignal = "SIGKILL")
            .Build();
        return new RedisServer(await ContainerHost.StartAsync(container, cancellation), BuildEndpoint(port));
    }

    private static string BuildEndpoint(int port) => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");

    private static async Task<RedisServer> WhenReadyAsync(RedisServer server, CancellationToken cancellation)
    {
        try
        {
            await Waiting.UntilReadyAsync(server._host, server.PingAsync, cancellation);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }

        Announcement.Say($"Redis: {server._host.Kind}");
        return server;
    }

    private string InFolder(string file) => $"{_host.Folder}/{file}";

    private async Task PingAsync(CancellationToken cancellation)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(Endpoint[..Endpoint.LastIndexOf(':')], Port, cancellation);
        var stream = client.GetStream();
        await stream.WriteAsync("PING\r\n"u8.ToArray(), cancellation);
        var answer = new byte[7];
        await stream.ReadExactlyAsync(answer, cancellation);
        if (!answer.AsSpan().SequenceEqual("+PONG\r\n"u8))
        {
            throw new InvalidOperationException($"Redis answered {Encoding.ASCII.GetString(answer)}");
        }
    }
}
