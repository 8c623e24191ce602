namespace Belong.ConsentService.Overload;

/// <summary>
/// So many per second, and at once as many as one second allows. What is taken is owed and paid off as time goes by:
/// nobody may take while something is owed, but one may take more than is left, so that a large batch is one decision.
/// A shared limiter of the framework would refuse such a batch for ever, and reads a clock of its own.
/// </summary>
public sealed class RateLimit
{
    private readonly TimeProvider _time;
    private readonly long _burstTicks;
    private readonly double _ticksPerOne;
    private long _paidAt;

    public RateLimit(int perSecond, TimeProvider time)
    {
        PerSecond = perSecond;
        _time = time;
        _burstTicks = time.TimestampFrequency;
        _ticksPerOne = (double)time.TimestampFrequency / perSecond;
        _paidAt = time.GetTimestamp() - _burstTicks;
    }

    public int PerSecond { get; }

    /// <summary>Takes a number; false when more is owed than time has paid, and then for how long.</summary>
    public bool TryTake(int count, out TimeSpan wait)
    {
        var now = _time.GetTimestamp();
        var price = (long)(count * _ticksPerOne);
        for (var seen = Volatile.Read(ref _paidAt); ;)
        {
            if (seen > now)
            {
                wait = _time.GetElapsedTime(now, seen);
                return false;
            }

            var found = Interlocked.CompareExchange(ref _paidAt, Math.Max(seen, now - _burstTicks) + price, seen);
            if (found == seen)
            {
                wait = TimeSpan.Zero;
                return true;
            }

            seen = found;
        }
    }

    /// <summary>More of what <see cref="TryTake"/> let begin.</summary>
    public void Owe(int count) => Interlocked.Add(ref _paidAt, (long)(count * _ticksPerOne));

    /// <summary>Waits until nothing is owed, and takes: for streams, which are held up and not ended.</summary>
    public async ValueTask TakeAsync(int count, CancellationToken cancellation)
    {
        while (!TryTake(count, out var wait))
        {
            await Task.Delay(wait, _time, cancellation);
        }
    }
}
