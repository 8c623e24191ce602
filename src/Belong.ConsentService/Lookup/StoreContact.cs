namespace Belong.ConsentService.Lookup;

/// <summary>When each store last answered what this instance asks it several times a second, whatever it answered.</summary>
public sealed class StoreContact(TimeProvider time)
{
    private const long Never = long.MinValue;

    private long _postgres = Never;
    private long _redis = Never;

    /// <summary><see cref="TimeSpan.MaxValue"/> before the first answer.</summary>
    public TimeSpan PostgresSilence => Since(ref _postgres);

    /// <summary>As <see cref="PostgresSilence"/>.</summary>
    public TimeSpan RedisSilence => Since(ref _redis);

    internal void PostgresAnswered() => Interlocked.Exchange(ref _postgres, time.GetTimestamp());

    internal void RedisAnswered() => Interlocked.Exchange(ref _redis, time.GetTimestamp());

    private TimeSpan Since(ref long answered) => Interlocked.Read(ref answered) is var at and not Never ? time.GetElapsedTime(at) : TimeSpan.MaxValue;
}
