using System.Globalization;

namespace Belong.ConsentService.Dev.Bench.Report;

/// <summary><c>docs/performance.md</c> with its pictures. What stands between the marks for notes was written by hand and stays.</summary>
internal sealed class PerformanceDocument(string folder)
{
    private const string NotesBegin = "<!-- notes -->";
    private const string NotesEnd = "<!-- /notes -->";

    private string File => Path.Combine(folder, "performance.md");

    private string Pictures => Path.Combine(folder, "performance");

    public async Task WriteAsync(BenchRun run, Thresholds thresholds)
    {
        Directory.CreateDirectory(Pictures);
        Draw(run);
        var notes = await ReadNotesAsync();
        await using var output = new StreamWriter(File);
        output.NewLine = "\n";
        await output.WriteLineAsync(Introduction);
        await output.WriteLineAsync("| | |\n|---|---|");
        foreach (var (what, value) in run.Machine!.Facts)
        {
            await output.WriteLineAsync($"| {what} | {value} |");
        }

        await output.WriteLineAsync();
        TableText.Write(output, run.Table, thresholds);
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
            $"Of the answers to single checks {run.FromElsewhere:N0} rested on PostgreSQL, because Redis was not there in time.\n"));
        await output.WriteLineAsync("## What a near cache would give at best\n");
        foreach (var line in NearCache.Describe(run.Table))
        {
            await output.WriteLineAsync($"- {line}");
        }

        await output.WriteLineAsync($"\n{PicturesText}\n{ReadingText}\n{NotesBegin}{notes}{NotesEnd}");
    }

    private const string Introduction = """
        # Performance

        Written by `./dev bench`, but for the notes at the end. Everything ran on the loopback address of one machine, each in a
        process of its own: PostgreSQL, Redis, the service as it runs by default, the floor, and the load.

        """;

    private const string PicturesText = """
        ## Pictures

        ![How long one call takes, one after the other on one stream](performance/one-stream.png)

        ![Latency of an open loop](performance/open-loop.png)

        ![Calls per second](performance/throughput.png)

        ![Single checks at rest and while an audience is screened](performance/beside-audience.png)

        ![The first checks of a new instance](performance/first-checks.png)

        """;

    private const string ReadingText = """
        ## How to read this

        - **The floor** is a bare gRPC method, hosted as gRPC is by default, that does one GET of the same keys for each call and
          answers with two bytes. It knows no caller, no limit, no metric, no deadline and no rule: what is above it is the price
          of those. The service shares round trips among the checks that wait for one, and makes no scope for a call; so
          under load it can come out in front of the floor.
        - **A ratio** is formed within each round, where both were measured right after one another, there and back, some times; the table
          shows the median of the rounds' ratios, and their least and most as the spread. Without a floor the spread is that of the value.
        - **1×1** is one call after the other on one stream, timed from its sending. **Open loop** means that calls are due at
          fixed times whatever became of those before, and that the time counts from when each was due: so what stands still
          anywhere, the machine and the load included, is in it. On a small virtual machine this is most of the 99th percentile;
          how long the machine stands still by itself has rows of its own.
        - **4×8 and 8×32** are connections × streams, all busy all the time; they say nothing about latency.
        - **Every answer was checked**: its status, and its reason against what the evaluator says of that member. Members are
          random ones of all. A row that did not reach its rate claims nothing.
        - **The load** speaks HTTP/2 by hand and costs a few microseconds a call, so that the cores belong to what is measured.
        """;

    private void Draw(BenchRun run)
    {
        Plots.Percentiles(Picture("one-stream"), "One call after the other on one stream", run.OneStreamUs);
        Plots.Percentiles(Picture("open-loop"), $"Open loop at {BenchPlan.PacedRate:N0} calls per second", run.PacedUs);
        Plots.Percentiles(Picture("beside-audience"), "CheckUse while an audience is screened at full speed, and at rest", run.BesideUs);
        Plots.Throughput(Picture("throughput"), run.Table, ["4x8", "8x32"],
            [("bare", "bare gRPC method"), ("get", "with one GET (floor)"), ("use", "CheckUse"), ("disclosure", "CheckDisclosure")]);
        Plots.FirstCalls(Picture("first-checks"), $"A new instance from the moment it is ready, {BenchPlan.PacedRate:N0} checks per second", run.FirstUs, BenchPlan.PacedRate);
    }

    private string Picture(string name) => Path.Combine(Pictures, $"{name}.png");

    private async Task<string> ReadNotesAsync()
    {
        var text = System.IO.File.Exists(File) ? await System.IO.File.ReadAllTextAsync(File) : "";
        var (begin, end) = (text.IndexOf(NotesBegin, StringComparison.Ordinal), text.IndexOf(NotesEnd, StringComparison.Ordinal));
        return begin >= 0 && end > begin ? text[(begin + NotesBegin.Length)..end] : "\n";
    }
}
