namespace Belong.ConsentService.Lookup;

/// <summary>
/// Where the work of batches and audiences goes: a few reads at once and, beside the checks that come alone, a part
/// of the processors. While such checks come, it reads less at once. Who comes waits; how many may is bounded by the calls that are let in.
/// </summary>
public sealed class BulkLane(TimeProvider time) : IDisposable
{
    /// <summary>Members read by one command while checks come alone: Redis answers nothing else meanwhile.</summary>
    private const int SliceMembersBesideChecks = 125;

    /// <summary>The same while none come: fewer commands for the same members.</summary>
    private const int LongSliceMembers = 500;

    /// <summary>Enough to keep Redis at work while what it gave is judged.</summary>
    private const int MaxReads = 3;

    /// <summary>While checks come alone: Redis then has time for them between two reads.</summary>
    private const int MaxReadsBesideChecks = 1;

    /// <summary>So long after the last one they are taken to be still coming.</summary>
    private static readonly TimeSpan ChecksPause = TimeSpan.FromMilliseconds(100);

    /// <summary>Noted no more often than this, so that the processors do not fight over the note.</summary>
    private static readonly TimeSpan NotePause = TimeSpan.FromMilliseconds(10);

    /// <summary>Each reads up to a thousand members.</summary>
    private const int MaxDatabaseReads = 2;

    private readonly SemaphoreSlim _reads = new(MaxReads);
    private readonly SemaphoreSlim _readsBesideChecks = new(MaxReadsBesideChecks);
    private readonly SemaphoreSlim _databaseReads = new(MaxDatabaseReads);
    private readonly SemaphoreSlim _judging = new(Math.Max(1, Environment.ProcessorCount / 2));
    private long _lastCheck;

    private bool AreChecksComing => Volatile.Read(ref _lastCheck) is var noted && noted != 0 && time.GetElapsedTime(noted) < ChecksPause;

    /// <summary>How many members the next command is to read.</summary>
    public int SliceMembers => AreChecksComing ? SliceMembersBesideChecks : LongSliceMembers;

    /// <summary>A check has come alone.</summary>
    /// <param name="timestamp">Of now.</param>
    public void NoteCheck(long timestamp)
    {
        var noted = Volatile.Read(ref _lastCheck);
        if (noted == 0 || time.GetElapsedTime(noted, timestamp) > NotePause)
        {
            Volatile.Write(ref _lastCheck, timestamp);
        }
    }

    /// <summary>Reads from the cache.</summary>
    public Task<T> ReadAsync<T>(Func<Task<T>> read, CancellationToken cancellation) => AreChecksComing
        ? RunAsync(_readsBesideChecks, () => RunAsync(_reads, read, cancellation), cancellation)
        : RunAsync(_reads, read, cancellation);

    /// <summary>Reads from PostgreSQL.</summary>
    public Task<T> ReadDatabaseAsync<T>(Func<Task<T>> read, CancellationToken cancellation) => RunAsync(_databaseReads, read, cancellation);

    /// <summary>Judges what was read, without waiting for anything.</summary>
    public async Task JudgeAsync(Action judge, CancellationToken cancellation)
    {
        await _judging.WaitAsync(cancellation);
        try
        {
            judge();
        }
        finally
        {
            _judging.Release();
        }
    }

    public void Dispose()
    {
        _reads.Dispose();
        _readsBesideChecks.Dispose();
        _databaseReads.Dispose();
        _judging.Dispose();
    }

    private static async Task<T> RunAsync<T>(SemaphoreSlim room, Func<Task<T>> work, CancellationToken cancellation)
    {
        await room.WaitAsync(cancellation);
        try
        {
            return await work();
        }
        finally
        {
            room.Release();
        }
    }
}
