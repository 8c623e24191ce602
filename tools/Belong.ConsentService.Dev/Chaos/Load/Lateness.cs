namespace Belong.ConsentService.Dev.Chaos.Load;

/// <summary>
/// How late this process is itself: on a machine that also runs the servers, a late answer may be a late
/// reader. A loop that wants to wake every few milliseconds notes how far it missed.
/// </summary>
internal sealed class Lateness(TimeProvider time)
{
    private const int Kept = 4_096;
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Usual = TimeSpan.FromMilliseconds(2);

    private readonly (long At, TimeSpan Late)[] _seen = new (long, TimeSpan)[Kept];
    private readonly Lock _lock = new();
    private int _next;

    public async Task RunAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            var before = time.GetTimestamp();
            await Task.Delay(Step, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            lock (_lock)
            {
                _seen[_next++ % Kept] = (time.GetTimestamp(), time.GetElapsedTime(before) - Step);
            }
        }
    }

    /// <summary>All of it within a span of time, but for what is usual.</summary>
    public TimeSpan Within(long from, long to)
    {
        var sum = TimeSpan.Zero;
        lock (_lock)
        {
            foreach (var (at, late) in _seen)
            {
                if (late > Usual && at >= from && at - (long)(late.TotalSeconds * time.TimestampFrequency) <= to)
                {
                    sum += late;
                }
            }

            // A loop that has not come round since is late by now.
            var silent = time.GetElapsedTime(_seen[(_next + Kept - 1) % Kept].At, to) - Step;
            return silent > Usual ? sum + silent : sum;
        }
    }
}
