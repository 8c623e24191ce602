using System.Diagnostics;
using System.Globalization;
using Belong.ConsentService.Dev.Fuzz.Doors;
using Belong.ConsentService.Dev.Fuzz.Judging;
using Belong.ConsentService.Dev.Fuzz.Messages;
using Belong.ConsentService.Dev.Fuzz.Stage;

namespace Belong.ConsentService.Dev.Fuzz;

/// <summary>Throws hostile requests at a real service, one door after the other, and judges every answer and what is left behind.</summary>
internal sealed class FuzzRun(FuzzOptions options)
{
    /// <summary>Of the requests, to warm up: what the service keeps once it has seen it all is no growth.</summary>
    private const double WarmUpShare = 0.1;
    private const int MostWarmUp = 50_000;

    /// <summary>The buffers that the largest messages need are kept by the runtime: they are to be there before growth is measured.</summary>
    private const int WarmUpExtremes = 100;
    private const int UsualExtremes = 4;
    private const int PerThousand = 1_000;

    /// <summary>
    /// The pools of the runtime give back buffers that nobody has used for half a minute, with a collection: a large run
    /// waits for that, so that what is measured is what is held.
    /// </summary>
    private const int LargeRun = 200_000;
    private const int Collections = 4;

    private static readonly TimeSpan BetweenCollections = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(20);

    public static IReadOnlyList<Door> AllDoors => [new ProtobufDoor(), new RegistryDoor(), new FramingDoor(), new Http2Door(), new MetricsDoor(), new JsonDoor(), new CredentialsDoor()];

    public List<DoorTally> Tallies { get; } = [];

    public Violations Violations { get; } = new();

    public FuzzFigures Figures { get; } = new();

    public async Task RunAsync(CancellationToken cancellation)
    {
        await using var stage = await FuzzStage.StartAsync(cancellation);
        var messages = new MessageSource(options.Cases);
        var judge = new AnswerJudge(new Leaks(stage.Secrets));
        using var witness = new Witness(stage.Service.Address, StageCallers.Asker, Violations);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var witnessing = witness.RunAsync(ending.Token);
        try
        {
            var doors = AllDoors.Where(door => options.Doors.Count == 0 || options.Doors.Contains(door.Name, StringComparer.Ordinal)).ToArray();
            messages.ExtremePerTenThousand = WarmUpExtremes;
            await GoAsync(stage, messages, judge, doors, (int)Math.Min(MostWarmUp, options.Requests * WarmUpShare), ~options.Seed, isCounted: false, cancellation);
            messages.ExtremePerTenThousand = UsualExtremes;
            Figures.Before = await SampleAsync(stage, cancellation);
            Figures.LogBefore = await ServiceLog.ReadAsync(stage.Service.LogFile, cancellation);
            await GoAsync(stage, messages, judge, doors, options.Requests, options.Seed, isCounted: true, cancellation);
            Figures.After = await SampleAsync(stage, cancellation);
            Figures.LogAfter = await ServiceLog.ReadAsync(stage.Service.LogFile, cancellation);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Violations.Add("the run broke off", e.ToString());
        }

        await ending.CancelAsync();
        await witnessing;
        Figures.Witness = witness.LatenciesMs;
        Figures.Requests = Tallies.Sum(tally => tally.Requests);
        RunJudge.Judge(Figures, Violations);
        KeepLog(stage);
    }

    private async Task GoAsync(
        FuzzStage stage, MessageSource messages, AnswerJudge judge, IReadOnlyList<Door> doors, int requests, int seed, bool isCounted, CancellationToken cancellation)
    {
        var shares = doors.Sum(door => door.SharePerThousand);
        foreach (var door in doors)
        {
            var tally = new DoorTally(door.Name);
            var context = new DoorContext(stage, messages, judge, Violations, tally, unchecked((seed * PerThousand) + door.SharePerThousand), !isCounted);
            var before = await FactsPrint.ReadAsync(stage.Database, cancellation);
            var watch = Stopwatch.StartNew();
            await door.RunAsync(context, (int)((long)requests * door.SharePerThousand / shares), cancellation);
            tally.Took = watch.Elapsed;
            await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                $"{(isCounted ? "" : "warm-up, ")}{door.Name}: {tally.Requests:N0} requests in {tally.Took.TotalSeconds:F1} s, {Violations.Count} violations so far"));
            stage.Service.ThrowIfDead();
            if (!door.MayWrite)
            {
                foreach (var difference in (await FactsPrint.ReadAsync(stage.Database, cancellation)).DifferencesFrom(before))
                {
                    context.Report("facts changed though no caller may record", difference);
                }
            }

            if (isCounted)
            {
                Tallies.Add(tally);
            }
        }
    }

    /// <summary>Once nothing is under way any more, or when that does not come about.</summary>
    private async Task<ServiceSample> SampleAsync(FuzzStage stage, CancellationToken cancellation)
    {
        var limit = Stopwatch.StartNew();
        while (limit.Elapsed < Rest
            && (ServiceSample.CountConnections(stage.Grpc) > 1 || await ServiceSample.ReadInFlightAsync(stage, cancellation) > 1))
        {
            await Task.Delay(100, cancellation);
        }

        for (var left = options.Requests >= LargeRun ? Collections : 0; left > 0; left--)
        {
            await stage.Heap.ReadBytesAsync(cancellation);
            await Task.Delay(BetweenCollections, cancellation);
        }

        return await ServiceSample.TakeAsync(stage, cancellation);
    }

    private void KeepLog(FuzzStage stage)
    {
        if (Violations.Count > 0)
        {
            Directory.CreateDirectory(options.Logs);
            stage.Service.CopyLog(Path.Combine(options.Logs, "service.log"));
        }
    }
}
