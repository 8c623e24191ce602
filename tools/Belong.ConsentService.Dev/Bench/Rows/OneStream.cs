using Belong.ConsentService.Dev.Bench.Load;
using Belong.ConsentService.Dev.Bench.Report;
using Belong.ConsentService.Dev.Bench.Stage;
using Belong.ConsentService.Dev.Measuring;

namespace Belong.ConsentService.Dev.Bench.Rows;

/// <summary>How long one unary call takes, one after the other on one connection and one stream.</summary>
internal sealed class OneStream(BenchStage stage, FigureTable table, BenchPlan plan) : IBenchRow
{
    /// <summary>The speed of a machine that is shared changes within a second.</summary>
    private const int Turns = 6;

    private readonly BenchMethod[] _methods = BenchMethods.Of(stage);

    public const string RowName = "one stream";

    public string Name => RowName;

    public string Section => "Single checks";

    /// <summary>Of all rounds, in microseconds, by the method's title.</summary>
    public Dictionary<string, List<double>> LatenciesUs { get; } = [];

    public async Task WarmUpAsync()
    {
        foreach (var method in _methods)
        {
            await ClosedLoop.RunOneStreamAsync(method.Target, plan.WarmUp / 2);
        }
    }

    public async Task MeasureAsync()
    {
        var runs = await BenchMethods.RunThereAndBackAsync(_methods, Turns, method => ClosedLoop.RunOneStreamAsync(method.Target, plan.Window / (2 * Turns)));
        var times = runs.Select(both => new Distribution(both.SelectMany(one => one))).ToArray();
        BenchMethods.Add(table, _methods, "1x1-median", "1×1, median", "µs", [.. times.Select(time => time.Median)]);
        BenchMethods.Add(table, _methods, "1x1-p99", "1×1, 99th percentile", "µs", [.. times.Select(time => time.Quantile(0.99))]);
        BenchMethods.MissRefused(table, _methods, "1x1-");
        for (var i = 0; i < _methods.Length; i++)
        {
            LatenciesUs.TryAdd(_methods[i].Title, []);
            LatenciesUs[_methods[i].Title].AddRange(runs[i].SelectMany(one => one));
        }
    }
}
