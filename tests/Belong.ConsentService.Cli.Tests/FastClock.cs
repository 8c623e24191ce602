namespace Belong.ConsentService.Cli.Tests;

/// <summary>A clock a hundred times as fast as the real one, so that no test waits for a pause.</summary>
internal sealed class FastClock : TimeProvider
{
    private const int Speed = 100;

    private static readonly long Begun = System.GetTimestamp();

    public override long GetTimestamp() => Begun + ((System.GetTimestamp() - Begun) * Speed);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new FastTimer(System.CreateTimer(callback, state, Quick(dueTime), Quick(period)));

    private static TimeSpan Quick(TimeSpan time) => time == Timeout.InfiniteTimeSpan ? time : time / Speed;

    private sealed class FastTimer(ITimer timer) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(Quick(dueTime), Quick(period));

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}
