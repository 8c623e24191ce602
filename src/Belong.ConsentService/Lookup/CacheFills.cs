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

    /// <summary>Null when somebody else fills it, or Redis does not answer in time.</summary>
    /// <param name="seen">As <see cref="FactsCache.ReserveAsync"/> takes it.</param>
    public async ValueTask<MemberReservation?> TryReserveAsync(string generation, string memberId, byte[]? seen, TimeSpan wait, CancellationToken cancellation)
    {
        if (generation.Length == 0)
        {
            return null;
        }

        try
        {
            return await cache.ReserveAsync(generation, memberId, seen, cancellation).WaitAsync(wait, cancellation);
        }
        catch (Exception e) when (e is RedisException or RedisCommandException or TimeoutException)
        {
            counters.FillFailed();
            return null;
        }
    }

    /// <summary>Dropped when too many are under way: a miss after the mark has expired fills in its place.</summary>
    /// <param name="isReadSince">The facts were read after the reservation; else it is only given back.</param>
    public void Start(MemberReservation reservation, bool isReadSince, MemberFacts? facts)
    {
        if (Interlocked.Increment(ref _underWay) > MaxUnderWay)
        {
            Interlocked.Decrement(ref _underWay);
            counters.FillFailed();
            return;
        }

        _ = RunAsync(reservation, isReadSince, facts);
    }

    private async Task RunAsync(MemberReservation reservation, bool isReadSince, MemberFacts? facts)
    {
        try
        {
            // The client of Redis has a time limit of its own.
            await (isReadSince ? cache.FillAsync(reservation, facts, CancellationToken.None) : cache.ReleaseAsync(reservation, CancellationToken.None));
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
