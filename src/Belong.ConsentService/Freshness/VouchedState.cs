using Belong.ConsentService.Cache;
using Belong.ConsentService.Feed;

namespace Belong.ConsentService.Freshness;

/// <summary>The feed's state as the cache has it, as long as it speaks of the very servers that this instance reads from. For one task.</summary>
internal sealed class VouchedState(FactsCache cache, TimeProvider time)
{
    private static readonly TimeSpan VerifyInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan VerifyPause = TimeSpan.FromMilliseconds(100);

    private CacheServers? _servers;
    private long _verified;

    /// <summary>The cache's count of breaks when the servers of the last read were verified.</summary>
    public long Breaks => _servers!.Breaks;

    /// <summary>Null when there is none, or when it speaks of other servers.</summary>
    public async Task<FeedState?> ReadAsync(CancellationToken cancellation)
    {
        var isVerified = _servers is { } known && known.Breaks == cache.Breaks && time.GetElapsedTime(_verified) < VerifyInterval;
        if (!isVerified)
        {
            await VerifyAsync(cancellation);
        }

        var state = await cache.ReadStateAsync(cancellation);
        if (state is null || state.Servers == _servers!.Identity)
        {
            return state;
        }

        if (isVerified && time.GetElapsedTime(_verified) > VerifyPause)
        {
            await VerifyAsync(cancellation);
        }

        if (state.Servers == _servers.Identity)
        {
            return state;
        }

        // A primary that another has taken the place of may answer for long.
        cache.RefreshTopology();
        return null;
    }

    private async Task VerifyAsync(CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        _servers = null;
        _servers = await cache.VerifyServersAsync(cancellation);
        _verified = started;
    }
}
