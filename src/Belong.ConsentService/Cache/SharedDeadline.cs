using System.Collections.Concurrent;

namespace Belong.ConsentService.Cache;

/// <summary>
/// Tokens that are cancelled when a wait is over, one for all waits of about the same length that begin at about the
/// same time: a timer for each read of Redis would cost more than the reading of its answer.
/// </summary>
internal sealed class SharedDeadline(TimeProvider time)
{
    /// <summary>Waits are shortened to a multiple of it, so that few lengths are known.</summary>
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(5);

    /// <summary>And end this much earlier at most, because they share a beginning.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(5);

    private readonly ConcurrentDictionary<long, Slot> _latest = new();

    public CancellationToken After(TimeSpan wait)
    {
        if (wait < Step)
        {
            return StartTimer(wait);
        }

        var steps = wait.Ticks / Step.Ticks;
        var now = time.GetTimestamp();
        if (!_latest.TryGetValue(steps, out var latest) || time.GetElapsedTime(latest.Begun, now) > Window)
        {
            latest = new Slot(now, StartTimer(Step * steps));
            _latest[steps] = latest;
        }

        return latest.Token;
    }

    /// <summary>It is not disposed, as others may hold it; its timer ends by itself.</summary>
    private CancellationToken StartTimer(TimeSpan wait) => new CancellationTokenSource(wait, time).Token;

    private sealed record Slot(long Begun, CancellationToken Token);
}
