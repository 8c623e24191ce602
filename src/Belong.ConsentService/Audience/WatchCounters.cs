namespace Belong.ConsentService.Audience;

/// <summary>What watches did, for metrics.</summary>
public sealed class WatchCounters
{
    private long _members;
    private long _everything;
    private long _heartbeats;
    private long _failures;

    /// <summary>Members told of; who changes twice is told of twice.</summary>
    public long Members => Interlocked.Read(ref _members);

    /// <summary>How often it was told that any answer may have changed.</summary>
    public long Everything => Interlocked.Read(ref _everything);

    public long Heartbeats => Interlocked.Read(ref _heartbeats);

    /// <summary>Looks at what changed that failed, and were made again.</summary>
    public long Failures => Interlocked.Read(ref _failures);

    internal void TellMembers(int count) => Interlocked.Add(ref _members, count);

    internal void TellEverything() => Interlocked.Increment(ref _everything);

    internal void TellHeartbeat() => Interlocked.Increment(ref _heartbeats);

    internal void Fail() => Interlocked.Increment(ref _failures);
}
