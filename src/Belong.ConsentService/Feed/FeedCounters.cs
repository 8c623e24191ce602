namespace Belong.ConsentService.Feed;

/// <summary>What the feed has done since the start, for metrics and health.</summary>
public sealed class FeedCounters
{
    private long _cycles;
    private long _wakeUps;
    private long _rowsApplied;
    private long _rebuilds;
    private long _rebuildRows;
    private long _sessions;
    private long _errors;
    private long _unreadableRows;
    private long _unreadableRecords;
    private long _unreadableRegisters;
    private long _listenerStarts;
    private long _newGenerations;
    private long _keysCollected;
    private long _restarts;
    private long _fallbacks;
    private ulong _position;
    private long _lastCycleTimestamp;
    private long _lastCycleMicroseconds;
    private int _rebuilding;
    private volatile bool _isFailing;

    /// <summary>Reads that were carried through to the state in Redis.</summary>
    public long Cycles => Interlocked.Read(ref _cycles);

    public long WakeUps => Interlocked.Read(ref _wakeUps);

    public long RowsApplied => Interlocked.Read(ref _rowsApplied);

    public long Rebuilds => Interlocked.Read(ref _rebuilds);

    /// <summary>Members read by the rebuild under way, or by the last one.</summary>
    public long RebuildRows => Interlocked.Read(ref _rebuildRows);

    /// <summary>How often the feed verified both stores anew: one is the start, each further one a restart.</summary>
    public long Sessions => Interlocked.Read(ref _sessions);

    /// <summary>How often what the feed built on no longer held.</summary>
    public long Restarts => Interlocked.Read(ref _restarts);

    /// <summary>Looks without a wake-up that found changes: nobody had woken the feed.</summary>
    public long Fallbacks => Interlocked.Read(ref _fallbacks);

    public long Errors => Interlocked.Read(ref _errors);

    /// <summary>Rows whose facts could not be put into a value.</summary>
    public long UnreadableRows => Interlocked.Read(ref _unreadableRows);

    /// <summary>Vendors and determinations left out of the register that the feed wrote.</summary>
    public long UnreadableRecords => Interlocked.Read(ref _unreadableRecords);

    /// <summary>Registers that hold a policy version that cannot be read.</summary>
    public long UnreadableRegisters => Interlocked.Read(ref _unreadableRegisters);

    public long ListenerStarts => Interlocked.Read(ref _listenerStarts);

    public long NewGenerations => Interlocked.Read(ref _newGenerations);

    public long KeysCollected => Interlocked.Read(ref _keysCollected);

    public bool IsRebuilding => Volatile.Read(ref _rebuilding) != 0;

    /// <summary>The last try failed.</summary>
    public bool IsFailing => _isFailing;

    /// <summary>By <see cref="TimeProvider.GetTimestamp"/>; 0 before the first.</summary>
    public long LastCycleTimestamp => Interlocked.Read(ref _lastCycleTimestamp);

    public TimeSpan LastCycleDuration => TimeSpan.FromMicroseconds(Interlocked.Read(ref _lastCycleMicroseconds));

    /// <summary>The first transaction id that is not in Redis, but for those that were in progress; 0 before the first cycle.</summary>
    public ulong Position => Interlocked.Read(ref _position);

    /// <summary>How long ago the read of the last cycle began; <see cref="TimeSpan.MaxValue"/> before the first.</summary>
    public TimeSpan Lag(TimeProvider time) => LastCycleTimestamp is var ended and not 0 ? time.GetElapsedTime(ended) + LastCycleDuration : TimeSpan.MaxValue;

    internal void CountCycle(long timestamp, TimeSpan duration, ulong position)
    {
        Interlocked.Exchange(ref _position, position);
        _isFailing = false;
        Interlocked.Increment(ref _cycles);
        Interlocked.Exchange(ref _lastCycleTimestamp, timestamp);
        Interlocked.Exchange(ref _lastCycleMicroseconds, (long)duration.TotalMicroseconds);
    }

    internal void CountWakeUp() => Interlocked.Increment(ref _wakeUps);

    internal void CountRows(int rows) => Interlocked.Add(ref _rowsApplied, rows);

    internal void BeginRebuild()
    {
        Interlocked.Exchange(ref _rebuildRows, 0);
        Volatile.Write(ref _rebuilding, 1);
    }

    internal void CountRebuildRows(int rows) => Interlocked.Add(ref _rebuildRows, rows);

    internal void EndRebuild(bool isDone)
    {
        Volatile.Write(ref _rebuilding, 0);
        if (isDone)
        {
            Interlocked.Increment(ref _rebuilds);
        }
    }

    internal void CountSession() => Interlocked.Increment(ref _sessions);

    internal void CountRestart() => Interlocked.Increment(ref _restarts);

    internal void CountFallback() => Interlocked.Increment(ref _fallbacks);

    internal void CountFailure()
    {
        _isFailing = true;
        CountError();
    }

    internal void CountError() => Interlocked.Increment(ref _errors);

    internal void CountUnreadableRow() => Interlocked.Increment(ref _unreadableRows);

    internal void CountUnreadableRecord() => Interlocked.Increment(ref _unreadableRecords);

    internal void CountUnreadableRegister() => Interlocked.Increment(ref _unreadableRegisters);

    internal void CountListenerStart() => Interlocked.Increment(ref _listenerStarts);

    internal void CountNewGeneration() => Interlocked.Increment(ref _newGenerations);

    internal void CountKeysCollected(long keys) => Interlocked.Add(ref _keysCollected, keys);
}
