namespace Belong.ConsentService.Client.Tests;

/// <summary>Runs like the real clock; the monotonic one and the one that people set can be moved apart.</summary>
internal sealed class ShiftedClock : TimeProvider
{
    private long _counted;
    private long _told;

    public override long GetTimestamp() => System.GetTimestamp() + Interlocked.Read(ref _counted);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _told));

    public void Count(TimeSpan span) => Interlocked.Add(ref _counted, (long)(span.TotalSeconds * TimestampFrequency));

    public void Tell(TimeSpan span) => Interlocked.Add(ref _told, span.Ticks);
}
