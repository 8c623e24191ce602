using System.Diagnostics;
using Belong.ConsentService.Dev.Bench.Report;
using Belong.ConsentService.Dev.Bench.Rows;
using Belong.ConsentService.Dev.Bench.Stage;

namespace Belong.ConsentService.Dev.Bench;

/// <summary>All rows in turn within each round, on one stage.</summary>
internal sealed class BenchRun(BenchPlan plan, TextWriter output)
{
    private readonly Stopwatch _watch = Stopwatch.StartNew();

    public FigureTable Table { get; } = new();

    public async Task RunAsync()
    {
        await using var stage = await BenchStage.StartAsync(plan.Members, output);
        var screening = new Screening(stage);
        IBenchRow[] rows =
        [
            new OneStream(stage, Table, plan),
            new Paced(stage, Table, plan),
            new Throughput(stage, Table, plan, 4, 8),
            new Throughput(stage, Table, plan, 8, 32),
            new HighRate(stage, Table, plan),
            new Batches(stage, Table, plan),
            new Audience(stage, Table, screening),
            new BesideAudience(stage, Table, plan, screening),
            new FirstChecks(stage, Table, plan),
            new FeedRate(stage, Table, plan),
            new Fill(stage, Table),
        ];
        foreach (var row in rows)
        {
            Say($"warming up: {row.Name}");
            await row.WarmUpAsync();
        }

        for (var round = 1; round <= plan.Rounds; round++)
        {
            foreach (var row in rows)
            {
                Say($"round {round} of {plan.Rounds}: {row.Name}");
                await row.MeasureAsync();
            }
        }
    }

    private void Say(string what) => output.WriteLine($"{_watch.Elapsed.TotalSeconds,5:F0} s  {what}");
}
