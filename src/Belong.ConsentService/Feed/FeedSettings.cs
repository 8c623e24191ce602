namespace Belong.ConsentService.Feed;

/// <summary>Settings of the feed from PostgreSQL to Redis.</summary>
public sealed class FeedSettings
{
    /// <summary>How long the feed waits for a wake-up before it looks by itself.</summary>
    public int PollMs { get; set; } = 1_000;

    /// <summary>How long a cycle rests after the one before, so that under load one takes what several commits brought.</summary>
    public int GatherMs { get; set; } = 2;

    /// <summary>How often the feed wakes itself, to prove that it can be woken.</summary>
    public int HeartbeatMs { get; set; } = 1_000;

    /// <summary>After how many heartbeats sent and not heard the listening connection is opened anew.</summary>
    public int DeafAfterBeats { get; set; } = 3;

    /// <summary>Members written to Redis in one pipeline.</summary>
    public int BatchSize { get; set; } = 2_000;

    /// <summary>Batches under way at once; with <see cref="BatchSize"/> it bounds the memory of a rebuild.</summary>
    public int MaxBatchesInFlight { get; set; } = 4;

    /// <summary>The wait after the first error; it doubles with each further one.</summary>
    public int MinBackoffMs { get; set; } = 50;

    public int MaxBackoffMs { get; set; } = 5_000;

    /// <summary>How long one read may keep silent; also the bound on opening a connection.</summary>
    public int ReadTimeoutSeconds { get; set; } = 30;

    /// <summary>How often due erasures are carried out and keys of old generations deleted.</summary>
    public int HousekeepingSeconds { get; set; } = 60;

    /// <summary>How long keys of a replaced generation are left alone: other instances may still write them.</summary>
    public int GarbageWaitSeconds { get; set; } = 300;

    /// <summary>The pause after each few hundred keys deleted.</summary>
    public int GarbagePauseMs { get; set; } = 20;
}
