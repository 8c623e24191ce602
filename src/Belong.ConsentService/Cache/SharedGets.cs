using System.Diagnostics;
using Belong.ConsentService.Hosting;
using StackExchange.Redis;

namespace Belong.ConsentService.Cache;

/// <summary>
/// The GETs of checks that come alone. While few are under way each goes out at once, as a GET; what comes meanwhile waits for one
/// of them to end and goes out together, as one MGET: under load checks share round trips, and alone none waits.
/// Not for a cluster, which takes no command about keys of several slots.
/// </summary>
internal sealed class SharedGets(RedisConnection redis, CommandFlags flags, ConsentMetrics? metrics = null)
{
    /// <summary>Keys in one MGET: Redis answers nothing else meanwhile, and one thread goes on with all of them.</summary>
    private const int MaxKeys = 32;

    /// <summary>Far more than there can be checks at once; what is above is refused as if Redis did not answer.</summary>
    internal const int MaxWaiting = 8_192;

    /// <summary>Commands at once: each is gone on with by a thread of its own.</summary>
    internal static readonly int MaxUnderWay = Math.Max(2, Environment.ProcessorCount);

    /// <summary>The newest first.</summary>
    private SharedGet? _waiting;

    private int _waitingCount;
    private int _underWay;

    /// <summary>The value; null when there is none, or no string.</summary>
    public Task<RedisValue> GetAsync(RedisKey key, CancellationToken deadline)
    {
        var get = new SharedGet(key, deadline);
        if (TryEnter())
        {
            _ = SendAsync(get);
        }
        else if (Interlocked.Increment(ref _waitingCount) > MaxWaiting)
        {
            Interlocked.Decrement(ref _waitingCount);
            get.Fail(RedisConnection.Fail("too many reads wait for an answer"));
        }
        else
        {
            Push(get);
            SendWaiting();
        }

        return get.Task;
    }

    private bool TryEnter()
    {
        for (var seen = Volatile.Read(ref _underWay); seen < MaxUnderWay;)
        {
            var found = Interlocked.CompareExchange(ref _underWay, seen + 1, seen);
            if (found == seen)
            {
                return true;
            }

            seen = found;
        }

        return false;
    }

    private void Leave()
    {
        Interlocked.Decrement(ref _underWay);
        SendWaiting();
    }

    private void Push(SharedGet get)
    {
        var head = Volatile.Read(ref _waiting);
        for (; ; )
        {
            get.Next = head;
            var found = Interlocked.CompareExchange(ref _waiting, get, head);
            if (ReferenceEquals(found, head))
            {
                return;
            }

            head = found;
        }
    }

    /// <summary>Whoever comes when all places are taken finds somebody in them who calls this when leaving.</summary>
    private void SendWaiting()
    {
        while (Volatile.Read(ref _waiting) is not null && TryEnter())
        {
            var newest = Interlocked.Exchange(ref _waiting, null);
            if (newest is null)
            {
                Interlocked.Decrement(ref _underWay);
                continue;
            }

            for (var rest = newest; rest is not null;)
            {
                var gets = Take(ref rest);
                if (rest is not null)
                {
                    // Those that are left go too: they have waited for long enough.
                    Interlocked.Increment(ref _underWay);
                }

                _ = SendAsync(gets);
            }
        }
    }

    private SharedGet[] Take(ref SharedGet? rest)
    {
        var count = 0;
        for (var get = rest; get is not null && count < MaxKeys; get = get.Next)
        {
            count++;
        }

        Interlocked.Add(ref _waitingCount, -count);
        var gets = new SharedGet[count];
        while (count > 0)
        {
            gets[--count] = rest!;
            rest = rest!.Next;
        }

        return gets;
    }

    private async Task SendAsync(SharedGet get)
    {
        var begun = Stopwatch.GetTimestamp();
        RedisValue value;
        try
        {
            value = await redis.Database.StringGetAsync(get.Key, flags).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Leave();
            get.Fail(e);
            return;
        }

        // What waits goes out before this one is gone on with.
        Leave();
        metrics?.Answered(RedisOperation.Get, begun);
        get.End(value);
    }

    private async Task SendAsync(SharedGet[] gets)
    {
        if (gets.Length == 1)
        {
            await SendAsync(gets[0]);
            return;
        }

        var begun = Stopwatch.GetTimestamp();
        RedisValue[] values;
        try
        {
            values = await redis.Database.StringGetAsync(Array.ConvertAll(gets, get => get.Key), flags).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Leave();
            Array.ForEach(gets, get => get.Fail(e));
            return;
        }

        Leave();
        metrics?.Answered(RedisOperation.SharedMget, begun);
        for (var i = 0; i < gets.Length; i++)
        {
            gets[i].End(values[i]);
        }
    }

    /// <summary>One who waits. Goes on by the thread that ends it.</summary>
    private sealed class SharedGet : TaskCompletionSource<RedisValue>
    {
        private readonly CancellationTokenRegistration _deadline;

        public SharedGet(RedisKey key, CancellationToken deadline)
        {
            Key = key;
            _deadline = deadline.UnsafeRegister(static (get, token) => ((SharedGet)get!).TrySetCanceled(token), this);
        }

        public RedisKey Key { get; }

        public SharedGet? Next { get; set; }

        public void End(RedisValue value)
        {
            _deadline.Unregister();
            TrySetResult(value);
        }

        public void Fail(Exception e)
        {
            _deadline.Unregister();
            TrySetException(e);
        }
    }
}
