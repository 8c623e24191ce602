namespace Belong.ConsentService.Hosting;

/// <summary>What the instance says of itself: immutable, swapped whole.</summary>
internal sealed record HealthState(bool IsReady, bool IsDegraded);

/// <summary>Holds what the instance says of itself, for many to watch.</summary>
internal sealed class HealthBoard
{
    private readonly Lock _lock = new();
    private HealthState _current = new(IsReady: false, IsDegraded: true);
    private TaskCompletionSource _change = NewChange();

    public HealthState Current
    {
        get
        {
            lock (_lock)
            {
                return _current;
            }
        }
    }

    public void Say(HealthState state)
    {
        lock (_lock)
        {
            if (state == _current)
            {
                return;
            }

            _current = state;
            _change.SetResult();
            _change = NewChange();
        }
    }

    /// <summary>Ends once the state is another than <paramref name="seen"/>.</summary>
    public Task WaitForChangeAsync(HealthState seen)
    {
        lock (_lock)
        {
            return _current == seen ? _change.Task : Task.CompletedTask;
        }
    }

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
