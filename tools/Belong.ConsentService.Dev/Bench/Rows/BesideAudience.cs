using System.Diagnostics;
using Belong.ConsentService.Dev.Bench.Load;
using Belong.ConsentService.Dev.Bench.Report;
using Belong.ConsentService.Dev.Bench.Stage;
using Belong.ConsentService.Dev.Measuring;

namespace Belong.ConsentService.Dev.Bench.Rows;

/// <summary>Single checks at a modest rate: at rest, and while audiences of all members are screened one after the other.</summary>
internal sealed class BesideAudience(BenchStage stage, FigureTable table, BenchPlan plan, Screening screening) : IBenchRow
{
    private const int Connections = 4;
    private const int PerSecond = 500;
    private const string AtRest = "at rest";
    private const string Beside = "while an audience is screened";

    private readonly Target _target = stage.TargetOf(BenchQuestions.Use);

    public const string RowName = "single checks beside an audience";

    public string Name => RowName;

    public string Section => "Single checks while an audience is screened";

    /// <summary>Of all rounds, in microseconds.</summary>
    public Dictionary<string, List<double>> LatenciesUs { get; } = new() { [AtRest] = [], [Beside] = [] };

    public Task WarmUpAsync() => MeasurePairAsync();

    public async Task MeasureAsync()
    {
        _target.Expectation.TakeRefusals();
        var (rest, beside, perSecond, bulkFault) = await MeasurePairAsync();
        var (restTimes, besideTimes) = (new Distribution(rest.LatenciesUs), new Distribution(beside.LatenciesUs));
        LatenciesUs[AtRest].AddRange(rest.LatenciesUs);
        LatenciesUs[Beside].AddRange(beside.LatenciesUs);
        table.Row("rest-median", $"CheckUse, open loop at {PerSecond}/s, at rest, median", "µs").Add(restTimes.Median);
        table.Row("rest-p99", $"CheckUse, open loop at {PerSecond}/s, at rest, 99th percentile (floor)", "µs").Add(restTimes.Quantile(0.99));
        var median = table.Row("beside-median", "the same while an audience is screened at full speed, median", "µs");
        var tail = table.Row("beside-p99", "the same while an audience is screened at full speed, 99th percentile", "µs");
        median.Add(besideTimes.Median, restTimes.Median);
        tail.Add(besideTimes.Quantile(0.99), restTimes.Quantile(0.99));
        table.Row("beside-members", "members screened meanwhile", "members/s").Add(perSecond);
        if ((bulkFault ?? _target.Expectation.TakeRefusals() ?? rest.FindFault() ?? beside.FindFault()) is { } why)
        {
            table.Miss("beside-", why);
        }
    }

    private async Task<(PacedResult Alone, PacedResult Busy, double MembersPerSecond, string? Fault)> MeasurePairAsync()
    {
        var rest = await RunAsync();
        using var ended = new CancellationTokenSource();
        string? fault = null;
        var perSecond = new List<double>();
        var bulk = Task.Run(async () =>
        {
            while (!ended.IsCancellationRequested && fault is null)
            {
                var started = Stopwatch.GetTimestamp();
                fault = await screening.RunAsync(stage.Service.Address);
                if (!ended.IsCancellationRequested || perSecond.Count == 0)
                {
                    perSecond.Add(plan.Members / Stopwatch.GetElapsedTime(started).TotalSeconds);
                }
            }
        });
        PacedResult beside;
        try
        {
            beside = await RunAsync();
        }
        finally
        {
            await ended.CancelAsync();
            await bulk;
        }

        return (rest, beside, perSecond.Average(), fault);
    }

    private Task<PacedResult> RunAsync() => PacedLoop.RunAsync(_target, Connections, PerSecond, plan.LongWindow);
}
