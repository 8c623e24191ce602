using Belong.ConsentService.Dev.Bench.Load;
using Belong.ConsentService.Dev.Bench.Report;
using Belong.ConsentService.Dev.Bench.Stage;
using Belong.ConsentService.Dev.Measuring;

namespace Belong.ConsentService.Dev.Bench.Rows;

/// <summary>The time that a check spends inside the service, as the service itself counts it, while an open loop asks at a high rate.</summary>
internal sealed class HighRate(BenchStage stage, FigureTable table, BenchPlan plan) : IBenchRow
{
    private const int Connections = 8;

    private readonly Target _target = stage.TargetOf(BenchQuestions.Use);

    public const string RowName = "open loop at a high rate";

    public string Name => RowName;

    public string Section => "Single checks";

    /// <summary>Until what is hot has been compiled anew, which takes cores from what is measured.</summary>
    public Task WarmUpAsync() => RunAsync(plan.WarmUp * 5);

    public async Task MeasureAsync()
    {
        await MeasureMachineAsync();
        _target.Expectation.TakeRefusals();
        var before = await ReadAsync();
        var result = await RunAsync(plan.Window);
        var inside = (await ReadAsync()).Since(before);
        var seen = new Distribution(result.LatenciesUs);
        var words = $"CheckUse, open loop at {plan.HighRate:N0}/s";
        table.Row("use-inside-median", $"{words}: median of the time inside the service", "µs").Add(1_000 * inside.QuantileMs(0.5));
        table.Row("use-inside-p99", $"{words}: 99th percentile of the time inside the service", "µs").Add(1_000 * inside.QuantileMs(0.99));
        table.Row("use-inside-seen-median", $"{words}, median as the caller sees it", "µs").Add(seen.Median);
        table.Row("use-inside-seen-p99", $"{words}, 99th percentile as the caller sees it", "µs").Add(seen.Quantile(0.99));
        if ((_target.Expectation.TakeRefusals() ?? result.FindFault()) is { } why)
        {
            table.Miss("use-inside-", why);
        }
    }

    /// <summary>What the tail of any latency has in it, whatever the service does.</summary>
    private async Task MeasureMachineAsync()
    {
        var (lostPercent, longest) = await ClockReaders.RunAsync(plan.Window);
        var words = $"a thread on each processor that only reads the clock, nothing being asked: pauses above {ClockReaders.ShortestPause.TotalMilliseconds} ms";
        table.Row("machine-lost", $"{words}, share of the time", "%", 2).Add(lostPercent);
        table.Row("machine-longest", $"{words}, the longest", "µs").Add(longest.TotalMicroseconds);
    }

    private Task<PacedResult> RunAsync(TimeSpan duration) => PacedLoop.RunAsync(_target, Connections, plan.HighRate, duration);

    private Task<HistogramMetric> ReadAsync() => HistogramMetric.ReadAsync([stage.Service.MetricsAddress], "consent_check_seconds", "use");
}
