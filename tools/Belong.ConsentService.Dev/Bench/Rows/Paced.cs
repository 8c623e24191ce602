using Belong.ConsentService.Dev.Bench.Load;
using Belong.ConsentService.Dev.Bench.Report;
using Belong.ConsentService.Dev.Bench.Stage;
using Belong.ConsentService.Dev.Measuring;

namespace Belong.ConsentService.Dev.Bench.Rows;

/// <summary>Latency as a caller sees it who asks at a fixed rate: an open loop, on as many streams as it takes.</summary>
internal sealed class Paced(BenchStage stage, FigureTable table, BenchPlan plan) : IBenchRow
{
    private const int Connections = 4;

    private readonly BenchMethod[] _methods = BenchMethods.Of(stage);

    public const string RowName = "open loop at a low rate";

    public string Name => RowName;

    public string Section => "Single checks";

    public Dictionary<string, List<double>> LatenciesUs { get; } = [];

    public async Task WarmUpAsync()
    {
        foreach (var method in _methods)
        {
            await PacedLoop.RunAsync(method.Target, Connections, BenchPlan.PacedRate, plan.WarmUp / 4);
        }
    }

    public async Task MeasureAsync()
    {
        var runs = await BenchMethods.RunThereAndBackAsync(_methods, times: 1, method => PacedLoop.RunAsync(method.Target, Connections, BenchPlan.PacedRate, plan.Window / 2));
        var times = runs.Select(both => new Distribution(both.SelectMany(one => one.LatenciesUs))).ToArray();
        var words = $"open loop at {BenchPlan.PacedRate:N0}/s";
        BenchMethods.Add(table, _methods, "paced-median", $"{words}, median", "µs", [.. times.Select(time => time.Median)]);
        BenchMethods.Add(table, _methods, "paced-p99", $"{words}, 99th percentile", "µs", [.. times.Select(time => time.Quantile(0.99))]);
        BenchMethods.MissRefused(table, _methods, "paced-");
        for (var i = 0; i < _methods.Length; i++)
        {
            LatenciesUs.TryAdd(_methods[i].Title, []);
            LatenciesUs[_methods[i].Title].AddRange(runs[i].SelectMany(one => one.LatenciesUs));
            if (runs[i].Select(one => one.FindFault()).FirstOrDefault(fault => fault is not null) is { } why)
            {
                table.Miss($"{_methods[i].Id}-paced-", why);
            }
        }
    }
}
