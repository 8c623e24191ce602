namespace Belong.ConsentService.Tests.Hosting;

/// <summary>Runs like the real clock; the monotonic one, by which the age of facts is measured, can be set ahead.</summary>
internal sealed class ShiftedClock : TimeProvider
{
    private long _ahead;

    public override long GetTimestamp() => System.GetTimestamp() + Interlocked.Read(ref _ahead);

    public void Advance(TimeSpan span) => Interlocked.Add(ref _ahead, (long)(span.TotalSeconds * TimestampFrequency));
}
