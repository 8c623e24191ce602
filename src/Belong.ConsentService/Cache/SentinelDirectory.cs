using System.Net;
using StackExchange.Redis;

namespace Belong.ConsentService.Cache;

/// <summary>
/// Finds the primary through Sentinel for as long as it takes. The library does it only once, at its start;
/// from then on it follows failovers by itself.
/// </summary>
internal sealed class SentinelDirectory(ConfigurationOptions options) : IAsyncDisposable
{
    private const int MinThreads = 32;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private ConnectionMultiplexer? _sentinels;

    /// <summary>The library blocks threads of the pool for seconds while it follows a failover: checks must find others.</summary>
    public static void ReserveThreads()
    {
        ThreadPool.GetMinThreads(out var workers, out var ports);
        ThreadPool.SetMinThreads(Math.Max(workers, MinThreads), ports);
    }

    /// <summary>A connection to the primary that goes along with failovers; null when cancelled.</summary>
    public async Task<ConnectionMultiplexer?> FindAsync(CancellationToken cancellation)
    {
        // The library blocks while it connects.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                return await TryFindAsync(cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                // The library wraps what goes wrong in many ways; whatever it is, the search goes on.
                await Task.Delay(Pause, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        return null;
    }

    public ValueTask DisposeAsync() => _sentinels?.DisposeAsync() ?? default;

    private async Task<ConnectionMultiplexer> TryFindAsync(CancellationToken cancellation)
    {
        _sentinels ??= await ConnectAsync();
        var primary = await ReadPrimaryAsync(_sentinels).WaitAsync(cancellation);
        // The library leaves a connection behind with each try that fails after this, so it must not fail.
        await ProbeAsync(primary).WaitAsync(cancellation);
        return _sentinels.GetSentinelMasterConnection(options);
    }

    private Task<ConnectionMultiplexer> ConnectAsync()
    {
        var own = options.Clone();
        own.User = options.SentinelUser;
        own.Password = options.SentinelPassword;
        // Without an answer it would never learn that these are Sentinels.
        own.AbortOnConnectFail = true;
        own.Tunnel = null;
        return ConnectionMultiplexer.SentinelConnectAsync(own);
    }

    private async Task<EndPoint> ReadPrimaryAsync(ConnectionMultiplexer sentinels)
    {
        foreach (var sentinel in sentinels.GetServers().Where(server => server.IsConnected))
        {
            if (await sentinel.SentinelGetMasterAddressByNameAsync(options.ServiceName!) is { } primary)
            {
                return primary;
            }
        }

        throw RedisConnection.Fail($"no Sentinel knows a primary of {options.ServiceName}");
    }

    private async Task ProbeAsync(EndPoint primary)
    {
        var one = options.Clone();
        one.EndPoints.Clear();
        one.EndPoints.Add(primary);
        one.ServiceName = null;
        one.AbortOnConnectFail = true;
        one.Tunnel = null;
        await using var probe = await ConnectionMultiplexer.ConnectAsync(one);
        if (probe.GetServer(primary).IsReplica)
        {
            throw RedisConnection.Fail("the primary that Sentinel names is not one yet");
        }
    }
}
