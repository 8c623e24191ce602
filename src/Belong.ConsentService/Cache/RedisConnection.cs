using System.Net;
using StackExchange.Redis;

namespace Belong.ConsentService.Cache;

/// <summary>
/// A connection to one Redis, to the primary that Sentinel names, or to a cluster, and a count of what
/// could have put another server behind it. It is there before any server answers.
/// </summary>
public sealed class RedisConnection : IAsyncDisposable
{
    private static readonly TimeSpan RefreshPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RefusedRefreshPause = TimeSpan.FromMilliseconds(100);
    private const int MaxRefreshTries = 100;

    private readonly ConfigurationOptions _options;
    private readonly SentinelDirectory? _directory;
    private readonly CancellationTokenSource _closing = new();
    private readonly CancellationToken _closed;
    private readonly Lock _watching = new();
    private volatile Link? _link;
    private volatile EndPoint[]? _watched;
    private volatile bool _isCluster;
    private long _breaks;
    private int _isRefreshing;

    private RedisConnection(ConfigurationOptions options)
    {
        _options = options;
        _closed = _closing.Token;
        _options.Tunnel = new RedisTap(CountConnect, options.Tunnel);
        _directory = string.IsNullOrEmpty(options.ServiceName) ? null : new SentinelDirectory(options);
    }

    /// <summary>Grows before the answer of a server that was not verified can be taken for that of one that was.</summary>
    public long Breaks => Interlocked.Read(ref _breaks);

    public bool IsConnected => _link?.Multiplexer.IsConnected ?? false;

    /// <summary>Keys are spread over several servers by their slot. Known once the servers are watched.</summary>
    public bool IsCluster => _isCluster;

    /// <exception cref="RedisConnectionException">Sentinel has not named a primary that answers yet.</exception>
    public IConnectionMultiplexer Multiplexer => Linked().Multiplexer;

    internal IDatabase Database => Linked().Database;

    /// <param name="configuration">As StackExchange.Redis reads it.</param>
    public static RedisConnection Open(string configuration)
    {
        var connection = new RedisConnection(RedisOptions.Parse(configuration));
        if (connection._directory is { } directory)
        {
            SentinelDirectory.ReserveThreads();
            // What answers at once is there at once, as it is without Sentinel.
            connection.FollowSentinelAsync(directory).Wait(connection._options.ConnectTimeout);
        }
        else
        {
            connection.Use(ConnectionMultiplexer.Connect(connection._options));
        }

        return connection;
    }

    /// <summary>From now on, what happens to the connections to these counts as a break, and so does being sent elsewhere.</summary>
    /// <returns>The breaks so far; an answer is of these servers while the number stays.</returns>
    public long Watch(EndPoint[] servers, bool isCluster)
    {
        lock (_watching)
        {
            _isCluster = isCluster;
            if (_watched is null || !_watched.ToHashSet().SetEquals(servers))
            {
                CountBreak();
                _watched = servers;
                CountBreak();
            }

            return Breaks;
        }
    }

    /// <summary>Whether commands about a key go to a watched server; counts a break when they go to another.</summary>
    public bool LeadsToWatched(RedisKey key)
    {
        if (_watched is not { } watched)
        {
            return true;
        }

        EndPoint served;
        try
        {
            served = Multiplexer.GetServer(key, flags: CommandFlags.DemandMaster).EndPoint;
        }
        catch (InvalidOperationException)
        {
            // Nobody serves it now.
            RefreshTopology();
            return false;
        }

        var isWatched = Contains(watched, served);
        if (!isWatched)
        {
            CountBreak();
            // The library may hold to a primary that another has taken the place of, and is never told otherwise.
            RefreshTopology();
        }

        return isWatched;
    }

    /// <summary>Has the library look for the primaries anew, at most once a second.</summary>
    public void RefreshTopology()
    {
        if (_link is { } link && Interlocked.Exchange(ref _isRefreshing, 1) == 0)
        {
            _ = RefreshAsync(link.Multiplexer);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        if (_link is { } link)
        {
            await link.Multiplexer.DisposeAsync();
        }

        if (_directory is not null)
        {
            await _directory.DisposeAsync();
        }

        _closing.Dispose();
    }

    internal static RedisConnectionException Fail(string why) => new(ConnectionFailureType.UnableToConnect, CommandFlags.None, why);

    private static bool Contains(EndPoint[] watched, EndPoint server)
    {
        foreach (var one in watched)
        {
            if (ReferenceEquals(one, server) || one.Equals(server))
            {
                return true;
            }
        }

        return false;
    }

    private Link Linked() =>
        _link ?? throw Fail("Sentinel has named no primary that answers");

    private async Task FollowSentinelAsync(SentinelDirectory directory)
    {
        if (await directory.FindAsync(_closed) is not { } multiplexer)
        {
            return;
        }

        Use(multiplexer);
        if (_closed.IsCancellationRequested)
        {
            await multiplexer.DisposeAsync();
        }
    }

    private void Use(ConnectionMultiplexer multiplexer)
    {
        multiplexer.ConnectionFailed += (_, change) => CountFailure(change);
        // The library learns of this one slot only; the others would be found out by an error each.
        multiplexer.HashSlotMoved += (_, _) => RefreshTopology();
        _link = new Link(multiplexer, multiplexer.GetDatabase());
        CountBreak();
    }

    private async Task RefreshAsync(ConnectionMultiplexer multiplexer)
    {
        try
        {
            // It is refused while the library looks by itself for what is connected, as it does with each error; that
            // brings no news of the slots.
            for (var tries = 1; !await multiplexer.ConfigureAsync() && tries < MaxRefreshTries; tries++)
            {
                await Task.Delay(RefusedRefreshPause, _closed);
            }
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // It is asked for again by whoever still needs it.
        }

        await Task.Delay(RefreshPause, _closed).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Volatile.Write(ref _isRefreshing, 0);
    }

    private void CountBreak() => Interlocked.Increment(ref _breaks);

    private void CountConnect(EndPoint server)
    {
        if (_watched is not { } watched || Contains(watched, server))
        {
            CountBreak();
        }
    }

    /// <summary>Late, but sooner than the connect that follows: nobody need wait for a server that is gone.</summary>
    private void CountFailure(ConnectionFailedEventArgs change)
    {
        if (change.ConnectionType != ConnectionType.Subscription && change.EndPoint is { } server)
        {
            CountConnect(server);
        }
    }

    private sealed record Link(ConnectionMultiplexer Multiplexer, IDatabase Database);
}
