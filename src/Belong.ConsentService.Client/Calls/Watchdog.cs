namespace Belong.ConsentService.Client.Calls;

/// <summary>How long the service may owe an answer.</summary>
/// <param name="Limit">So long.</param>
/// <param name="Setting">Where it is set, for the complaint.</param>
/// <param name="Clock">Measures it.</param>
internal sealed record Standstill(TimeSpan Limit, string Setting, TimeProvider Clock);

/// <summary>Ends a call when the service owes an answer and none has come for too long. For several tasks at once.</summary>
internal sealed class Watchdog : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Standstill _standstill;
    private readonly ITimer _timer;
    private int _owed;
    private bool _isHeld;

    public Watchdog(Standstill standstill, CancellationTokenSource call)
    {
        _standstill = standstill;
        _timer = standstill.Clock.CreateTimer(_ => Bite(call), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public bool HasBitten { get; private set; }

    public LapseException Complaint => new($"The service stood still for {_standstill.Limit.TotalSeconds:0.###} s ({_standstill.Setting}).");

    /// <summary>One more answer is due.</summary>
    public void Expect()
    {
        lock (_lock)
        {
            if (_owed++ == 0)
            {
                Arm();
            }
        }
    }

    /// <summary>One of them came.</summary>
    public void Received()
    {
        lock (_lock)
        {
            _owed--;
            Arm();
        }
    }

    /// <summary>Until it is disposed the caller is at work, and what the service owes does not count.</summary>
    public Pause Hold()
    {
        SetHeld(true);
        return new Pause(this);
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

    private void SetHeld(bool isHeld)
    {
        lock (_lock)
        {
            _isHeld = isHeld;
            Arm();
        }
    }

    private void Arm() => _timer.Change(_owed > 0 && !_isHeld ? _standstill.Limit : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>The time in which the caller is at work.</summary>
    public readonly struct Pause(Watchdog watchdog) : IDisposable
    {
        public void Dispose() => watchdog.SetHeld(false);
    }
}
