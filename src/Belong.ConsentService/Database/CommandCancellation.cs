namespace Belong.ConsentService.Database;

/// <summary>
/// Npgsql cancels a command by a request on a new connection, and blocks the thread that cancels until the
/// request is delivered; to a server that hangs that takes seconds. So commands are cancelled on threads of
/// their own: those of the pool, which answer checks from the cache, would all stand still.
/// </summary>
public sealed class CommandCancellation : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly CancellationTokenRegistration _registration;
    private readonly ITimer? _timer;

    /// <summary>Cancels when <paramref name="cancellation"/> does.</summary>
    public CommandCancellation(CancellationToken cancellation) =>
        _registration = cancellation.UnsafeRegister(static self => ((CommandCancellation)self!).CancelApart(), this);

    /// <summary>Cancels after a time, and when <paramref name="cancellation"/> does.</summary>
    public CommandCancellation(TimeSpan after, TimeProvider time, CancellationToken cancellation)
        : this(after, time) =>
        _registration = cancellation.UnsafeRegister(static self => ((CommandCancellation)self!).CancelApart(), this);

    /// <summary>Cancels after a time.</summary>
    public CommandCancellation(TimeSpan after, TimeProvider time) =>
        _timer = time.CreateTimer(static self => ((CommandCancellation)self!).CancelApart(), this, after, Timeout.InfiniteTimeSpan);

    /// <summary>For the commands.</summary>
    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        _timer?.Dispose();
        _registration.Dispose();
    }

    private void CancelApart() => new Thread(Cancel) { IsBackground = true, Name = "cancel" }.Start();

    private void Cancel()
    {
        try
        {
            _source.Cancel();
        }
        catch (AggregateException)
        {
            // What a command does about it is its own affair; here it would end the process.
        }
    }
}
