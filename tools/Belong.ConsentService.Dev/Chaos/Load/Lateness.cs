namespace Belong.ConsentService.Dev.Chaos.Load;

/// <summary>
/// How late this process is itself: on a machine that also runs the servers, a late answer may be a late
/// reader. A loop that wants to wake every few milliseconds notes how far it missed.
/// </summary>
internal sealed class Lateness(TimeProvider time)
{
    private const int Kept = 4_096;
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(5);

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

    /// <summary>The longest within a span of time.</summary>
    public TimeSpan Within(long from, long to)
    {
        var most = TimeSpan.Zero;
        lock (_lock)
        {
            foreach (var (at, late) in _seen)
            {
                if (at >= from && at - (long)(late.TotalSeconds * time.TimestampFrequency) <= to && late > most)
                {
                    most = late;
                }
            }

            // A loop that has not come round since is late by now.
            var last = _seen[(_next + Kept - 1) % Kept].At;
            var silent = time.GetElapsedTime(last, to) - Step;
            return silent > most ? silent : most;
        }
    }
}
