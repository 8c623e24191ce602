using Belong.ConsentService.Dev.Bench.Load;
using Belong.ConsentService.Dev.Bench.Report;
using Belong.ConsentService.Dev.Bench.Stage;
using Belong.ConsentService.Dev.Measuring;

namespace Belong.ConsentService.Dev.Bench.Rows;

/// <summary>Latency of one unary call on one connection and one stream, at a rate that leaves it time.</summary>
internal sealed class OneStream(BenchStage stage, FigureTable table, BenchPlan plan) : IBenchRow
{
    private const int Floor = 1;

    private readonly (string Id, string Title, Target Target)[] _methods =
    [
        ("bare", "bare gRPC method", stage.TargetOfNothing()),
        ("get", "gRPC method with one GET (floor)", stage.TargetOfOneGet()),
        ("use", "CheckUse", stage.TargetOf(BenchQuestions.Use)),
        ("disclosure", "CheckDisclosure", stage.TargetOf(BenchQuestions.Disclosure)),
    ];

    public string Name => "latency 1×1";

    /// <summary>All latencies of all rounds in microseconds, by the method's id.</summary>
    public Dictionary<string, List<double>> LatenciesUs { get; } = [];

    public async Task WarmUpAsync()
    {
        foreach (var (_, _, target) in _methods)
        {
            await PacedLoop.RunOneStreamAsync(target, BenchPlan.OneStreamRate, plan.WarmUp / 2);
        }
    }

    public async Task MeasureAsync()
    {
        var results = _methods.Select(_ => new List<PacedResult>()).ToArray();
        for (var i = 0; i < _methods.Length; i++)
        {
            results[i].Add(await RunAsync(i));
        }

        for (var i = _methods.Length - 1; i >= 0; i--)
        {
            results[i].Add(await RunAsync(i));
        }

        var times = results.Select(both => new Distribution(both.SelectMany(one => one.LatenciesUs))).ToArray();
        for (var i = 0; i < _methods.Length; i++)
        {
            Add(i, "median", "median", times[i].Median, times[Floor].Median);
            Add(i, "p99", "99th percentile", times[i].Quantile(0.99), times[Floor].Quantile(0.99));
            if (!LatenciesUs.TryAdd(_methods[i].Id, [.. results[i].SelectMany(one => one.LatenciesUs)]))
            {
                LatenciesUs[_methods[i].Id].AddRange(results[i].SelectMany(one => one.LatenciesUs));
            }

            if (results[i].Find(one => !one.IsReached) is { } slow)
            {
                var why = $"{slow.Reached:F0} of {slow.Wanted} calls/s were reached";
                Row(i, "median", "median").Miss(why);
                Row(i, "p99", "99th percentile").Miss(why);
            }
        }
    }

    private void Add(int method, string what, string words, double value, double floor)
    {
        if (method > Floor)
        {
            Row(method, what, words).Add(value, floor);
        }
        else
        {
            Row(method, what, words).Add(value);
        }
    }

    private Figure Row(int method, string what, string words) =>
        table.Row($"{_methods[method].Id}-1x1-{what}", $"{_methods[method].Title}, 1×1 at {BenchPlan.OneStreamRate:N0}/s, {words}", "µs");

    private Task<PacedResult> RunAsync(int method) => PacedLoop.RunOneStreamAsync(_methods[method].Target, BenchPlan.OneStreamRate, plan.Window / 2);
}
