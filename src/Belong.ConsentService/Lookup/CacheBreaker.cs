namespace Belong.ConsentService.Lookup;

/// <summary>
/// Stops asking a Redis that hangs, so that not every check waits for it in vain: open after several reads
/// in a row that took too long. Then one read at a time tries again, which no check waits for, and closes it
/// when it is answered in time.
/// </summary>
public sealed class CacheBreaker(TimeProvider time)
{
    private const int TimeoutsToOpen = 5;

    /// <summary>A shorter wait that was in vain says nothing of Redis.</summary>
    private static readonly TimeSpan MinTellingWait = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan TrialPause = TimeSpan.FromMilliseconds(50);

    private volatile bool _isOpen;
    private int _timeoutsInRow;
    private int _isTrying;
    private long _lastTrial;
    private long _openings;

    /// <summary>True while the cache is not to be asked.</summary>
    public bool IsOpen => _isOpen;

    public long Openings => Interlocked.Read(ref _openings);

    /// <summary>Redis answered, or said at once that it cannot.</summary>
    public void Answered()
    {
        if (Volatile.Read(ref _timeoutsInRow) != 0)
        {
            Volatile.Write(ref _timeoutsInRow, 0);
        }
    }

    /// <summary>Redis did not answer within <paramref name="wait"/>.</summary>
    public void TimedOut(TimeSpan wait)
    {
        if (wait >= MinTellingWait && Interlocked.Increment(ref _timeoutsInRow) == TimeoutsToOpen && !_isOpen)
        {
            _isOpen = true;
            Interlocked.Increment(ref _openings);
        }
    }

    /// <summary>True when the caller is to try; <see cref="EndTrial"/> must follow.</summary>
    public bool BeginTrial()
    {
        var last = Volatile.Read(ref _lastTrial);
        if ((last != 0 && time.GetElapsedTime(last) < TrialPause) || Interlocked.CompareExchange(ref _isTrying, 1, 0) != 0)
        {
            return false;
        }

        Volatile.Write(ref _lastTrial, time.GetTimestamp());
        return true;
    }

    public void EndTrial(bool isAnswered)
    {
        if (isAnswered)
        {
            Volatile.Write(ref _timeoutsInRow, 0);
            _isOpen = false;
        }

        Volatile.Write(ref _isTrying, 0);
    }
}
