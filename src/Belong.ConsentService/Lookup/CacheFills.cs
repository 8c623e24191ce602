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

        var reserving = cache.ReserveAsync(generation, memberId, seen, CancellationToken.None);
        try
        {
            return await reserving.WaitAsync(wait, cancellation);
        }
        catch (Exception e) when (e is RedisException or RedisCommandException or TimeoutException)
        {
            counters.FillFailed();
            return null;
        }
        finally
        {
            if (!reserving.IsCompleted)
            {
                _ = GiveBackAsync(reserving);
            }
        }
    }

    /// <summary>Fills, or gives the reservation back. Dropped when too many are under way: then the mark expires.</summary>
    /// <param name="isToFill">The facts were read after the reservation.</param>
    public void End(MemberReservation reservation, bool isToFill, MemberFacts? facts)
    {
        if (!isToFill && !reservation.IsMark)
        {
            return;
        }

        if (Interlocked.Increment(ref _underWay) > MaxUnderWay)
        {
            Interlocked.Decrement(ref _underWay);
            counters.FillFailed();
            return;
        }

        _ = RunAsync(reservation, isToFill, facts);
    }

    /// <summary>Nobody waits for it any more.</summary>
    private async Task GiveBackAsync(Task<MemberReservation?> reserving)
    {
        await ((Task)reserving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (reserving.IsCompletedSuccessfully && reserving.Result is { } late)
        {
            End(late, isToFill: false, null);
        }
    }

    private async Task RunAsync(MemberReservation reservation, bool isToFill, MemberFacts? facts)
    {
        try
        {
            // The client of Redis has a time limit of its own.
            if (!isToFill)
            {
                await cache.ReleaseAsync(reservation, CancellationToken.None);
            }
            else if (await cache.FillAsync(reservation, facts, CancellationToken.None))
            {
                counters.Filled();
            }
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
