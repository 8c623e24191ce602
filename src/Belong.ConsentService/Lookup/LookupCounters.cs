namespace Belong.ConsentService.Lookup;

/// <summary>What lookups did, for metrics.</summary>
public sealed class LookupCounters
{
    private long _hits;
    private long _misses;
    private long _cacheFailures;
    private long _databaseReads;
    private long _databaseFailures;

    public long Hits => Interlocked.Read(ref _hits);

    public long Misses => Interlocked.Read(ref _misses);

    public long CacheFailures => Interlocked.Read(ref _cacheFailures);

    public long DatabaseReads => Interlocked.Read(ref _databaseReads);

    public long DatabaseFailures => Interlocked.Read(ref _databaseFailures);

    public void Hit() => Interlocked.Increment(ref _hits);

    public void Miss() => Interlocked.Increment(ref _misses);

    public void CacheFailed() => Interlocked.Increment(ref _cacheFailures);

    public void DatabaseRead() => Interlocked.Increment(ref _databaseReads);

    public void DatabaseFailed() => Interlocked.Increment(ref _databaseFailures);
}
