using Belong.ConsentService.Testing.Prometheus;
using Belong.ConsentService.Tests.Hosting;
using static Belong.ConsentService.Tests.Registry.Changes;

namespace Belong.ConsentService.Tests.Monitoring;

/// <summary>What a running service publishes is sound, and docs/metrics.md tells of it.</summary>
public sealed class MetricsPageTests
{
    [Fact]
    public async Task Promtool_has_no_complaint_of_the_metrics_of_a_running_service() =>
        Assert.Equal(new PromtoolResult(0, ""), await Promtool.RunAsync(["check", "metrics"], await ReadMetricsAsync()));

    [Fact]
    public async Task Each_metric_stands_in_the_page_with_its_labels_and_the_page_tells_of_no_other()
    {
        var documented = MetricNames.ReadDocumented();
        Assert.Equal(documented.Distinct(), documented);
        var exposed = MetricNames.ReadExposed(await ReadMetricsAsync());
        Assert.Equal(exposed.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    private static async Task<string> ReadMetricsAsync()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await stage.StartWithPolicyAsync();
        await instance.RecordAsync("M-1", Registration());
        await instance.UseAsync("M-1");
        return await instance.Http.GetStringAsync("/metrics");
    }
}
