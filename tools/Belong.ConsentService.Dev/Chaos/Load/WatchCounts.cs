namespace Belong.ConsentService.Dev.Chaos.Load;

/// <summary>What came of watches.</summary>
internal readonly record struct WatchCounts
{
    public long Events { get; init; }

    public long Members { get; init; }

    public long Everything { get; init; }

    /// <summary>Heartbeats that said that the watch is current: what is held was compared with the model.</summary>
    public long Judged { get; init; }

    /// <summary>Gone on with from the last position.</summary>
    public long Resumed { get; init; }

    /// <summary>The position was of no more use: all that was held was forgotten.</summary>
    public long Anew { get; init; }

    public long Faults { get; init; }

    public TimeSpan LongestDelay { get; init; }

    public static WatchCounts operator +(WatchCounts one, WatchCounts other) => new()
    {
        Events = one.Events + other.Events,
        Members = one.Members + other.Members,
        Everything = one.Everything + other.Everything,
        Judged = one.Judged + other.Judged,
        Resumed = one.Resumed + other.Resumed,
        Anew = one.Anew + other.Anew,
        Faults = one.Faults + other.Faults,
        LongestDelay = one.LongestDelay > other.LongestDelay ? one.LongestDelay : other.LongestDelay,
    };
}
