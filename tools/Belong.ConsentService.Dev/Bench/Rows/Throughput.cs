using Belong.ConsentService.Dev.Bench.Load;
using Belong.ConsentService.Dev.Bench.Report;
using Belong.ConsentService.Dev.Bench.Stage;

namespace Belong.ConsentService.Dev.Bench.Rows;

/// <summary>Unary calls as fast as they are answered, on several connections with several streams each.</summary>
internal sealed class Throughput(BenchStage stage, FigureTable table, BenchPlan plan, int connections, int streams) : IBenchRow
{
    private const int Floor = 1;

    private readonly (string Id, string Title, Target Target)[] _methods =
    [
        ("bare", "bare gRPC method", stage.TargetOfNothing()),
        ("get", "gRPC method with one GET (floor)", stage.TargetOfOneGet()),
        ("use", "CheckUse", stage.TargetOf(BenchQuestions.Use)),
        ("disclosure", "CheckDisclosure", stage.TargetOf(BenchQuestions.Disclosure)),
    ];

    public string Name => $"throughput {connections}×{streams}";

    public async Task WarmUpAsync()
    {
        foreach (var (_, _, target) in _methods)
        {
            await ClosedLoop.RunAsync(target, connections, streams, plan.WarmUp);
        }
    }

    public async Task MeasureAsync()
    {
        // There and back: what drifts within a round meets all methods alike.
        var there = new double[_methods.Length];
        var back = new double[_methods.Length];
        for (var i = 0; i < _methods.Length; i++)
        {
            there[i] = await RunAsync(i);
        }

        for (var i = _methods.Length - 1; i >= 0; i--)
        {
            back[i] = await RunAsync(i);
        }

        for (var i = 0; i < _methods.Length; i++)
        {
            var figure = table.Row($"{_methods[i].Id}-{connections}x{streams}", $"{_methods[i].Title}, {connections}×{streams}", "calls/s");
            var (rate, floor) = (there[i] + back[i], there[Floor] + back[Floor]);
            if (i > Floor)
            {
                figure.Add(rate / 2, floor / 2);
            }
            else
            {
                figure.Add(rate / 2);
            }
        }
    }

    private Task<double> RunAsync(int method) => ClosedLoop.RunAsync(_methods[method].Target, connections, streams, plan.Window / 2);
}
