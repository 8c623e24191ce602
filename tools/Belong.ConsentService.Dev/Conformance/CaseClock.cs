using Belong.ConsentService.Rules;
using Belong.ConsentService.Testing.Cases;

namespace Belong.ConsentService.Dev.Conformance;

/// <summary>
/// The clock of the cases: the time of day stands still, and the monotonic clock, by which the age of
/// facts is measured, moves only when told. Timers run in real time.
/// </summary>
internal sealed class CaseClock : TimeProvider
{
    private static readonly DateTimeOffset Now = new(DecisionCase.Clock.ToDateTime(), TimeSpan.Zero);

    private long _elapsedTicks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>How far the monotonic clock is ahead of where it began.</summary>
    public TimeSpan Elapsed
    {
        get => TimeSpan.FromTicks(Interlocked.Read(ref _elapsedTicks));
        set => Interlocked.Exchange(ref _elapsedTicks, value.Ticks);
    }

    public override DateTimeOffset GetUtcNow() => Now;

    public override long GetTimestamp() => Interlocked.Read(ref _elapsedTicks);
}
