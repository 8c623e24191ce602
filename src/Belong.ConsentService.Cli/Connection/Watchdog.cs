namespace Belong.ConsentService.Cli.Connection;

/// <summary>Ends a call when the service owes an answer and none has come for too long. For several tasks at once.</summary>
internal sealed class Watchdog : IDisposable
{
    private readonly Lock _lock = new();
    private readonly TimeSpan _limit;
    private readonly ITimer _timer;
    private int _owed;

    public Watchdog(TimeProvider clock, TimeSpan limit, CancellationTokenSource call)
    {
        _limit = limit;
        _timer = clock.CreateTimer(_ => Bite(call), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public bool HasBitten { get; private set; }

    public LapseException Complaint => new($"The service stood still for {_limit.TotalSeconds:0.###} s (--timeout).");

    /// <summary>One more answer is due.</summary>
    public void Expect()
    {
        lock (_lock)
        {
            if (_owed++ == 0)
            {
                Arm(_limit);
            }
        }
    }

    /// <summary>One of them came.</summary>
    public void Received()
    {
        lock (_lock)
        {
            Arm(--_owed > 0 ? _limit : Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Bite(CancellationTokenSource call)
    {
        HasBitten = true;
        try
        {
            call.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The call has ended meanwhile.
        }
    }

    private void Arm(TimeSpan after) => _timer.Change(after, Timeout.InfiniteTimeSpan);
}
