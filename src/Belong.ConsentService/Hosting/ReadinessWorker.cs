namespace Belong.ConsentService.Hosting;

/// <summary>Tells gRPC health whether the instance is ready; when it is to stop, says so first, answers on for a while, and then ends the streams.</summary>
internal sealed class ReadinessWorker(Readiness readiness, HealthBoard board, Drain drain, ConsentSettings settings) : BackgroundService, IHostedLifecycleService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Comes before Kestrel and everything else is stopped.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        readiness.Stop();
        Tell();
        // Nobody balances over those that only feed.
        await Task.Delay(settings.Serves ? settings.DrainMs : 0, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await drain.EndStreamsAsync(cancellationToken);
    }

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval);
        do
        {
            Tell();
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private void Tell() => board.Say(new HealthState(readiness.FindCauses().Count == 0, readiness.FindDegradations().Count > 0));
}
