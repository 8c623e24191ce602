using Belong.ConsentService.Dev.Bench.Load;
using Belong.ConsentService.Dev.Bench.Report;
using Belong.ConsentService.Dev.Bench.Stage;
using Belong.ConsentService.Dev.Measuring;

namespace Belong.ConsentService.Dev.Bench.Rows;

/// <summary>An instance more, asked from the moment it says that it is ready: its first thousand checks against its later ones.</summary>
internal sealed class FirstChecks(BenchStage stage, FigureTable table, BenchPlan plan) : IBenchRow
{
    private const int Connections = 4;
    private const int First = 1_000;

    public const string RowName = "first checks";

    public string Name => RowName;

    public string Section => "After the start";

    /// <summary>Of the last round, in the order in which the checks were due.</summary>
    public double[] LatenciesUs { get; private set; } = [];

    public Task WarmUpAsync() => Task.CompletedTask;

    public async Task MeasureAsync()
    {
        await using var service = await stage.StartServiceAsync();
        var target = stage.TargetOf(BenchQuestions.Use, service.Address);
        var result = await PacedLoop.RunAsync(target, Connections, BenchPlan.PacedRate, plan.FirstSeconds);
        LatenciesUs = result.LatenciesUs;
        var first = new Distribution(LatenciesUs.Take(First));
        var later = new Distribution(LatenciesUs.Skip(LatenciesUs.Length / 2));
        var words = $"open loop at {BenchPlan.PacedRate:N0}/s";
        table.Row("later-median", $"a new instance, {words}: later checks, median", "µs").Add(later.Median);
        table.Row("later-p99", $"a new instance, {words}: later checks, 99th percentile (floor)", "µs").Add(later.Quantile(0.99));
        table.Row("first-median", $"a new instance: its first {First:N0} checks after ready, median", "µs").Add(first.Median, later.Median);
        table.Row("first-p99", $"a new instance: its first {First:N0} checks after ready, 99th percentile", "µs").Add(first.Quantile(0.99), later.Quantile(0.99));
        if ((target.Expectation.TakeRefusals() ?? result.FindFault()) is { } why)
        {
            table.Miss("first-", why);
        }
    }
}
