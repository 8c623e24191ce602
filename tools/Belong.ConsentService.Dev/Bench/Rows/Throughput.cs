using Belong.ConsentService.Dev.Bench.Load;
using Belong.ConsentService.Dev.Bench.Report;
using Belong.ConsentService.Dev.Bench.Stage;

namespace Belong.ConsentService.Dev.Bench.Rows;

/// <summary>Unary calls as fast as they are answered, on several connections with several streams each.</summary>
internal sealed class Throughput(BenchStage stage, FigureTable table, BenchPlan plan, int connections, int streams) : IBenchRow
{
    private const int Turns = 2;

    private readonly BenchMethod[] _methods = BenchMethods.Of(stage);

    public string Name => NameOf(connections, streams);

    public static string NameOf(int connections, int streams) => $"throughput {connections}×{streams}";

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
        var rates = await BenchMethods.RunThereAndBackAsync(_methods, Turns, MeasureAsync);
        var (id, words) = ($"{connections}x{streams}", $"{connections}×{streams}");
        BenchMethods.Add(table, _methods, id, words, "calls/s", [.. rates.Select(both => both.Average(part => part.PerSecond))]);
        BenchMethods.Add(
            table, _methods, $"{id}-processor", $"{words}, processor time of a call in the process that answers", "µs", [.. rates.Select(both => both.Average(part => part.ProcessorUs))], decimals: 1);
        BenchMethods.MissRefused(table, _methods, id);
    }

    private async Task<(double PerSecond, double ProcessorUs)> MeasureAsync(BenchMethod method)
    {
        var before = method.ReadProcessorTime();
        var window = plan.Window / (2 * Turns);
        var perSecond = await ClosedLoop.RunAsync(method.Target, connections, streams, window);
        return (perSecond, (method.ReadProcessorTime() - before).TotalMicroseconds / (perSecond * window.TotalSeconds));
    }
}
