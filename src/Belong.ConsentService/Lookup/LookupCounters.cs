using Belong.ConsentService.Cache;

namespace Belong.ConsentService.Lookup;

/// <summary>What lookups did, for metrics.</summary>
public sealed class LookupCounters
{
    private long _hits;
    private long _misses;
    private long _corrupt;
    private long _cacheFailures;
    private long _fills;
    private long _fillFailures;
    private long _databaseReads;
    private long _databaseFailures;
    private long _cacheGivenUp;
    private long _databaseGivenUp;

    /// <summary>Answered from the cache.</summary>
    public long Hits => Interlocked.Read(ref _hits);

    /// <summary>Not in the cache, or not as new as demanded.</summary>
    public long Misses => Interlocked.Read(ref _misses);

    /// <summary>In the cache, but not to be understood.</summary>
    public long Corrupt => Interlocked.Read(ref _corrupt);

    /// <summary>The cache did not answer in the short time that the caller's deadline left.</summary>
    public long CacheGivenUp => Interlocked.Read(ref _cacheGivenUp);

    /// <summary>PostgreSQL did not answer in the short time that the caller's deadline left.</summary>
    public long DatabaseGivenUp => Interlocked.Read(ref _databaseGivenUp);

    /// <summary>The cache did not answer.</summary>
    public long CacheFailures => Interlocked.Read(ref _cacheFailures);

    /// <summary>Put into the cache after a miss.</summary>
    public long Fills => Interlocked.Read(ref _fills);

    public long FillFailures => Interlocked.Read(ref _fillFailures);

    public long DatabaseReads => Interlocked.Read(ref _databaseReads);

    public long DatabaseFailures => Interlocked.Read(ref _databaseFailures);

    public void Hit() => Interlocked.Increment(ref _hits);

    public void Hit(int members) => Interlocked.Add(ref _hits, members);

    public void Miss(ReadOutcome outcome) => Miss(outcome, 1);

    public void Miss(ReadOutcome outcome, int members)
    {
        switch (outcome)
        {
            case ReadOutcome.Unavailable:
                Interlocked.Add(ref _cacheFailures, members);
                break;
            case ReadOutcome.Corrupt:
                Interlocked.Add(ref _corrupt, members);
                break;
            default:
                Interlocked.Add(ref _misses, members);
                break;
        }
    }

    public void GiveCacheUp() => Interlocked.Increment(ref _cacheGivenUp);

    public void GiveDatabaseUp() => Interlocked.Increment(ref _databaseGivenUp);

    public void Filled() => Interlocked.Increment(ref _fills);

    public void FillFailed() => Interlocked.Increment(ref _fillFailures);

    public void DatabaseRead() => Interlocked.Increment(ref _databaseReads);

    public void DatabaseFailed() => Interlocked.Increment(ref _databaseFailures);
}
