using System.Diagnostics;
using Belong.ConsentService.Dev.Bench.Report;
using Belong.ConsentService.Dev.Bench.Rows;
using Belong.ConsentService.Dev.Bench.Stage;

namespace Belong.ConsentService.Dev.Bench;

/// <summary>All rows in turn within each round, on one stage.</summary>
internal sealed class BenchRun(BenchPlan plan, TextWriter output)
{
    /// <summary>What is measured, in order.</summary>
    public static IReadOnlyList<string> RowNames { get; } =
    [
        OneStream.RowName, Paced.RowName, Throughput.NameOf(4, 8), Throughput.NameOf(8, 32), GateCost.RowName, HighRate.RowName, Batches.RowName,
        WholeAudience.RowName, BesideAudience.RowName, FirstChecks.RowName, FeedRate.RowName, Fill.RowName, Alone.Name,
    ];

    private readonly Stopwatch _watch = Stopwatch.StartNew();

    public FigureTable Table { get; } = new();

    public Machine? Machine { get; private set; }

    /// <summary>Latencies of all rounds, in microseconds, by what was called.</summary>
    public IReadOnlyDictionary<string, List<double>> OneStreamUs { get; private set; } = new Dictionary<string, List<double>>();

    public IReadOnlyDictionary<string, List<double>> PacedUs { get; private set; } = new Dictionary<string, List<double>>();

    public IReadOnlyDictionary<string, List<double>> BesideUs { get; private set; } = new Dictionary<string, List<double>>();

    /// <summary>Of a new instance in the last round, in order.</summary>
    public double[] FirstUs { get; private set; } = [];

    /// <summary>Answers that did not rest on Redis.</summary>
    public long FromElsewhere { get; private set; }

    public async Task RunAsync()
    {
        await using (var stage = await BenchStage.StartAsync(plan.Members, output))
        {
            Machine = await Machine.DescribeAsync(stage, plan);
            await RunAsync(stage);
            FromElsewhere = stage.FromElsewhere;
        }

        if (plan.Includes(Alone.Name))
        {
            Say(Alone.Name);
            await Alone.MeasureAsync(Table, plan.IsQuick);
        }

        Say("done");
    }

    private async Task RunAsync(BenchStage stage)
    {
        var screening = new Screening(stage);
        var oneStream = new OneStream(stage, Table, plan);
        var paced = new Paced(stage, Table, plan);
        var beside = new BesideAudience(stage, Table, plan, screening);
        var first = new FirstChecks(stage, Table, plan);
        await using var gate = new GateCost(stage, Table, plan);
        await RunAsync(
        [
            oneStream,
            paced,
            new Throughput(stage, Table, plan, 4, 8),
            new Throughput(stage, Table, plan, 8, 32),
            gate,
            new HighRate(stage, Table, plan),
            new Batches(stage, Table, plan),
            new WholeAudience(stage, Table, screening),
            beside,
            first,
            new FeedRate(stage, Table, plan),
            new Fill(stage, Table),
        ]);
        (OneStreamUs, PacedUs, BesideUs, FirstUs) = (oneStream.LatenciesUs, paced.LatenciesUs, beside.LatenciesUs, first.LatenciesUs);
    }

    private async Task RunAsync(IBenchRow[] all)
    {
        var rows = Array.FindAll(all, row => plan.Includes(row.Name));
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
                Table.Section = row.Section;
                await row.MeasureAsync();
            }
        }
    }

    private void Say(string what) => output.WriteLine($"{_watch.Elapsed.TotalSeconds,5:F0} s  {what}");
}
