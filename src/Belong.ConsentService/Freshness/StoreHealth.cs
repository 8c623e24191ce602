namespace Belong.ConsentService.Freshness;

/// <summary>How the stores were when they were last looked at, several times a second, and when each last answered.</summary>
public sealed class StoreHealth(TimeProvider time)
{
    private const long Never = long.MinValue;

    private long _databaseAnswered = Never;
    private long _cacheAnswered = Never;
    private volatile string? _databaseFault;
    private volatile string? _cacheFault;

    /// <summary>Since PostgreSQL last answered, whatever it answered; <see cref="TimeSpan.MaxValue"/> before the first answer.</summary>
    public TimeSpan DatabaseSilence => Since(ref _databaseAnswered);

    /// <summary>As <see cref="DatabaseSilence"/>, of Redis.</summary>
    public TimeSpan CacheSilence => Since(ref _cacheAnswered);

    /// <summary>Why PostgreSQL is of no use now; null when it is.</summary>
    public string? DatabaseFault
    {
        get => _databaseFault;
        internal set => _databaseFault = value;
    }

    /// <summary>Why Redis is of no use now; null when it is.</summary>
    public string? CacheFault
    {
        get => _cacheFault;
        internal set => _cacheFault = value;
    }

    internal void DatabaseAnswered() => Interlocked.Exchange(ref _databaseAnswered, time.GetTimestamp());

    internal void CacheAnswered() => Interlocked.Exchange(ref _cacheAnswered, time.GetTimestamp());

    private TimeSpan Since(ref long answered) => Interlocked.Read(ref answered) is var at and not Never ? time.GetElapsedTime(at) : TimeSpan.MaxValue;
}
