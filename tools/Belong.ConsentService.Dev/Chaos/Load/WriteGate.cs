namespace Belong.ConsentService.Dev.Chaos.Load;

/// <summary>Lets writes begin, or not; tells when none is under way.</summary>
internal sealed class WriteGate
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _open = Completed();
    private TaskCompletionSource _idle = Completed();
    private int _underWay;

    public async Task EnterAsync(CancellationToken cancellation)
    {
        while (true)
        {
            Task open;
            lock (_lock)
            {
                if (_open.Task.IsCompleted)
                {
                    if (_underWay++ == 0)
                    {
                        _idle = Pending();
                    }

                    return;
                }

                open = _open.Task;
            }

            await open.WaitAsync(cancellation);
        }
    }

    public void Leave()
    {
        lock (_lock)
        {
            if (--_underWay == 0)
            {
                _idle.SetResult();
            }
        }
    }

    /// <summary>Lets no write begin, and waits until those under way have been acknowledged.</summary>
    public Task CloseAsync(CancellationToken cancellation)
    {
        lock (_lock)
        {
            if (_open.Task.IsCompleted)
            {
                _open = Pending();
            }

            return _idle.Task.WaitAsync(cancellation);
        }
    }

    public void Open()
    {
        lock (_lock)
        {
            _open.TrySetResult();
        }
    }

    private static TaskCompletionSource Pending() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static TaskCompletionSource Completed()
    {
        var source = Pending();
        source.SetResult();
        return source;
    }
}
