namespace Belong.ConsentService.Feed;

/// <summary>Waits after errors, longer with each, up to a bound and with some chance so that instances spread.</summary>
internal sealed class Backoff(FeedContext context)
{
    private int _nextMs = context.Settings.MinBackoffMs;

    public void Reset() => _nextMs = context.Settings.MinBackoffMs;

    public Task WaitAsync(CancellationToken cancellation)
    {
        var waitMs = Random.Shared.Next(_nextMs / 2, _nextMs + 1);
        _nextMs = Math.Min(_nextMs * 2, context.Settings.MaxBackoffMs);
        return Task.Delay(TimeSpan.FromMilliseconds(waitMs), context.Time, cancellation);
    }
}
