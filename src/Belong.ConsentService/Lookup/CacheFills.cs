using Belong.ConsentService.Cache;
using Belong.ConsentService.Rules;
using StackExchange.Redis;

namespace Belong.ConsentService.Lookup;

/// <summary>
/// Puts into the cache what a miss has read. It is sent before the answer, so that the next read on the same
/// connection finds it, and no answer waits for it.
/// </summary>
public sealed class CacheFills(FactsCache cache, LookupCounters counters)
{
    private const int MaxUnderWay = 256;

    private int _underWay;

    public int UnderWay => Volatile.Read(ref _underWay);

    /// <summary>Dropped when too many are under way: the next miss fills in its place.</summary>
    public void Start(string generation, string memberId, MemberFacts? facts)
    {
        if (generation.Length == 0)
        {
            return;
        }

        if (Interlocked.Increment(ref _underWay) > MaxUnderWay)
        {
            Interlocked.Decrement(ref _underWay);
            counters.FillFailed();
            return;
        }

        _ = RunAsync(generation, memberId, facts);
    }

    private async Task RunAsync(string generation, string memberId, MemberFacts? facts)
    {
        try
        {
            // The client of Redis has a time limit of its own.
            await cache.FillAsync(generation, memberId, facts, CancellationToken.None);
        }
        catch (Exception e) when (e is RedisException or RedisCommandException or TimeoutException or ObjectDisposedException)
        {
            counters.FillFailed();
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }
}
