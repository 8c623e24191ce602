using Grpc.Health.V1;
using Grpc.HealthCheck;

namespace Belong.ConsentService.Hosting;

/// <summary>Tells gRPC health whether the instance is ready; when it is to stop, says so first and answers on for a while.</summary>
internal sealed class ReadinessWorker(Readiness readiness, HealthServiceImpl health, ConsentSettings settings) : BackgroundService, IHostedLifecycleService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        readiness.Stop();
        Tell();
        await Task.Delay(settings.DrainMs, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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

    private void Tell()
    {
        var status = readiness.FindCauses().Count == 0
            ? HealthCheckResponse.Types.ServingStatus.Serving
            : HealthCheckResponse.Types.ServingStatus.NotServing;
        health.SetStatus("", status);
        health.SetStatus("belong.consent.v1.ConsentCheck", status);
        health.SetStatus("belong.consent.v1.ConsentAudience", status);
        health.SetStatus("belong.consent.v1.ConsentRegistry", status);
    }
}
