using System.Globalization;
using Belong.ConsentService.Testing.Hosts;

namespace Belong.ConsentService.Testing.Redis;

/// <summary>One Redis of a cluster or of a group under Sentinels, from local binaries, without persistence.</summary>
public sealed class RedisNode : IAsyncDisposable
{
    private const string ConfigName = "redis.conf";

    private readonly HeldPort _port;
    private readonly string _folder;
    private readonly LocalHost _host;

    private RedisNode(HeldPort port, string folder, LocalHost host)
    {
        _port = port;
        _folder = folder;
        _host = host;
    }

    public int Port => _port.Number;

    /// <summary>"127.0.0.1:port"</summary>
    public string Endpoint => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    /// <summary>Lines of the configuration file for each restart; without it the file stays as it is.</summary>
    internal Func<CancellationToken, Task<string[]>>? ChooseConfigAsync { get; set; }

    /// <summary>Silent when it does not answer within a second.</summary>
    public async Task<RedisRole> ReadRoleAsync(CancellationToken cancellation = default) =>
        await TryAskAsync(["ROLE"], cancellation) is List<object?> answer
            ? answer[0] switch { "master" => RedisRole.Primary, "sentinel" => RedisRole.Sentinel, _ => RedisRole.Replica }
            : RedisRole.Silent;

    /// <summary>Stops answering, with all connections open.</summary>
    public Task PauseAsync(CancellationToken cancellation = default) => _host.PauseAsync(cancellation);

    public Task ResumeAsync(CancellationToken cancellation = default) => _host.ResumeAsync(cancellation);

    public Task KillAsync(CancellationToken cancellation = default) => _host.KillAsync(cancellation);

    /// <summary>Kills it if it runs, and starts it again, empty, on the same port and with the same identity.</summary>
    public async Task RestartAsync(CancellationToken cancellation = default)
    {
        await _host.KillAsync(cancellation);
        if (ChooseConfigAsync is { } choose)
        {
            await WriteConfigAsync(_folder, Port, await choose(cancellation), cancellation);
        }

        await _host.StartAgainAsync(cancellation);
        await WhenReadyAsync(cancellation);
    }

    /// <summary>Changes a setting of the running server.</summary>
    public Task ConfigureAsync(string name, string value, CancellationToken cancellation = default) =>
        AskAsync(["CONFIG", "SET", name, value], cancellation);

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _port.Dispose();
    }

    /// <param name="config">Lines of the configuration file; the port is set besides.</param>
    internal static async Task<RedisNode> StartAsync(string[] config, bool asSentinel, CancellationToken cancellation)
    {
        var program = Binaries.FindRedis() ?? throw new InvalidOperationException("redis-server is not installed.");
        var folder = await ServerFolder.CreateAsync("redis", owner: null, cancellation);
        var port = new HeldPort();
        string[] mode = asSentinel ? ["--sentinel"] : [];
        await WriteConfigAsync(folder, port.Number, config, cancellation);
        var command = new LocalCommand(User: null, folder, [program, ConfigName, .. mode]);
        var node = new RedisNode(port, folder, await LocalHost.StartAsync(command));
        try
        {
            await node.WhenReadyAsync(cancellation);
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }

        return node;
    }

    internal Task<object?> AskAsync(string[] words, CancellationToken cancellation) =>
        RedisAsking.AskAsync(Port, words, cancellation);

    /// <summary>Null when there is no answer.</summary>
    internal async Task<object?> TryAskAsync(string[] words, CancellationToken cancellation)
    {
        try
        {
            return await AskAsync(words, cancellation);
        }
        catch (Exception failure) when (RedisAsking.IsNoAnswer(failure))
        {
            return null;
        }
    }

    /// <summary>Null when there is no answer.</summary>
    internal async Task<RedisInfo?> TryReadInfoAsync(string[] words, CancellationToken cancellation) =>
        await TryAskAsync(words, cancellation) is string text ? new RedisInfo(text) : null;

    /// <summary>Stops this replica, and cuts it off so that nothing more is on the way to it.</summary>
    internal async Task StallBehindAsync(RedisNode primary, CancellationToken cancellation)
    {
        await PauseAsync(cancellation);
        // What waits in the connection's buffers would reach the replica when it goes on.
        await primary.AskAsync(["CLIENT", "KILL", "TYPE", "replica"], cancellation);
    }

    private static Task WriteConfigAsync(string folder, int port, string[] config, CancellationToken cancellation) =>
        File.WriteAllLinesAsync(
            Path.Combine(folder, ConfigName),
            [string.Create(CultureInfo.InvariantCulture, $"port {port}"), "bind 127.0.0.1", .. config],
            cancellation);

    private Task WhenReadyAsync(CancellationToken cancellation) =>
        Waiting.UntilReadyAsync(_host, token => AskAsync(["PING"], token), cancellation);
}
