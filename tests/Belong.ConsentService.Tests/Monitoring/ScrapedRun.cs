using System.Diagnostics;
using Belong.Consent.V1;
using Belong.ConsentService.Testing.Prometheus;
using Belong.ConsentService.Tests.Hosting;
using Grpc.Core;
using static Belong.ConsentService.Tests.Registry.Changes;

namespace Belong.ConsentService.Tests.Monitoring;

/// <summary>A service that is asked, written to and refuses, on real stores, and a Prometheus that scrapes it meanwhile.</summary>
public sealed class ScrapedRun : IAsyncLifetime
{
    private const int MinRounds = 100;
    private const int MinScrapes = 6;

    public static readonly TimeSpan RateInterval = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan ScrapeInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Run = TimeSpan.FromSeconds(6);

    private ServiceStage _stage = null!;

    public PrometheusServer Prometheus { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        _stage = await ServiceStage.CreateAsync();
        var instance = await _stage.StartWithPolicyAsync();
        Prometheus = await PrometheusServer.StartAsync([instance.Http.BaseAddress!], ScrapeInterval, [MonitoringFiles.Alerts]);
        await instance.RecordAsync("M-1", Registration());
        await instance.RecordAsync("M-2", Registration(), OptOut());
        await _stage.WaitUntilCoveredAsync(instance);
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < MinRounds || watch.Elapsed < Run || (watch.Elapsed < Patience && !await IsScrapedAsync()); i++)
        {
            // A few miss the cache.
            await AskAsync(instance, i % 20 == 0 ? Guid.NewGuid().ToString("N") : "nobody");
            await Task.Delay(20);
        }
    }

    public async Task DisposeAsync()
    {
        await Prometheus.DisposeAsync();
        await _stage.DisposeAsync();
    }

    /// <summary>Often enough for rates: on a busy machine a scrape may take longer than it is given.</summary>
    private async Task<bool> IsScrapedAsync() =>
        (await Prometheus.QueryAsync($"count_over_time(consent_facts_position[{RateInterval.TotalSeconds:0}s]) >= {MinScrapes}")).Count > 0;

    private static async Task AskAsync(ServiceInstance instance, string stranger)
    {
        Assert.Equal(Outcome.Allow, (await instance.UseAsync("M-1")).Outcome);
        Assert.Equal([ReasonCode.DmOptedOut], (await instance.UseAsync("M-2", Purpose.DirectMarketing)).Reasons);
        Assert.Equal([ReasonCode.MemberUnknown], (await instance.UseAsync(stranger)).Reasons);
        await Assert.ThrowsAsync<RpcException>(() => instance.UseAsync(""));
        await instance.RecordAsync("M-1", OptOut());
    }
}
