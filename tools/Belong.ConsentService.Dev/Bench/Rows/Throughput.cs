using Belong.ConsentService.Dev.Bench.Load;
using Belong.ConsentService.Dev.Bench.Report;
using Belong.ConsentService.Dev.Bench.Stage;

namespace Belong.ConsentService.Dev.Bench.Rows;

/// <summary>Unary calls as fast as they are answered, on several connections with several streams each.</summary>
internal sealed class Throughput(BenchStage stage, FigureTable table, BenchPlan plan, int connections, int streams) : IBenchRow
{
    private readonly BenchMethod[] _methods = BenchMethods.Of(stage);

    public string Name => $"throughput {connections}×{streams}";

    public string Section => "Single checks";

    public async Task WarmUpAsync()
    {
        foreach (var method in _methods)
        {
            await ClosedLoop.RunAsync(method.Target, connections, streams, plan.WarmUp / 2);
        }
    }

    public async Task MeasureAsync()
    {
        var rates = await BenchMethods.RunThereAndBackAsync(_methods, target => ClosedLoop.RunAsync(target, connections, streams, plan.Window / 2));
        BenchMethods.Add(table, _methods, $"{connections}x{streams}", $"{connections}×{streams}", "calls/s", [.. rates.Select(both => both.Average())]);
        BenchMethods.MissRefused(table, _methods, $"{connections}x{streams}");
    }
}
