using System.Diagnostics;
using Belong.Consent.V1;
using Belong.ConsentService.Dev.Measuring;

namespace Belong.ConsentService.Dev.Rolling;

/// <summary>Restarts two instances in turns under load, and counts every call.</summary>
internal sealed class RollingRun(RollingOptions options)
{
    private const int ChecksPerSecond = 300;
    private const int BatchesPerSecond = 10;
    private const int ListCount = 4;
    private const int WatchCount = 3;

    private const string LogFolder = ".dev/rolling";

    /// <summary>Between the restarts both are asked.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    private readonly List<string> _faults = [];

    /// <returns>True when nothing was lost, wrong or late.</returns>
    public async Task<bool> RunAsync()
    {
        await using var instances = await TwoInstances.StartAsync(settings: [$"Consent:DrainMs={options.DrainMs}"]);
        using var channels = new BalancedChannels([.. instances.Processes.Select(process => process.Address)], options.Balancing);
        var members = new ToggledMembers();
        var checks = new CheckLoad(new ConsentCheck.ConsentCheckClient(channels.Open()));
        var writes = new ToggleLoad(new ConsentRegistry.ConsentRegistryClient(channels.Open()), new ConsentCheck.ConsentCheckClient(channels.Open()), members);
        var lists = new ListLoad(new ConsentAudience.ConsentAudienceClient(channels.Open()));
        var watched = new CallTally("watches");
        var watchChannel = channels.Open();
        WatchLoad[] watches = [.. Enumerable.Range(0, WatchCount).Select(_ => new WatchLoad(new ConsentAudience.ConsentAudienceClient(watchChannel), watched))];

        using var watchEnd = new CancellationTokenSource();
        using var loadEnd = new CancellationTokenSource();
        var watching = Task.WhenAll(watches.Select(watch => watch.RunAsync(watchEnd.Token)));
        while (!Array.TrueForAll(watches, watch => watch.HasBegun))
        {
            await Task.Delay(50);
        }

        Task[] loads =
        [
            new OpenLoop(ChecksPerSecond, checks.CheckAsync).RunAsync(Longest, loadEnd.Token),
            new OpenLoop(BatchesPerSecond, checks.CheckBatchAsync).RunAsync(Longest, loadEnd.Token),
            writes.RunAsync(loadEnd.Token),
            .. Enumerable.Range(0, ListCount).Select(_ => lists.RunAsync(loadEnd.Token)),
        ];
        await RestartAllAsync(instances);
        await loadEnd.CancelAsync();
        await Task.WhenAll(loads);
        await Task.WhenAll(watches.Select(watch => watch.JudgeAsync(members)));
        await watchEnd.CancelAsync();
        await watching;
        await JudgeWritesAsync(instances, members, writes.Writes);
        var isWhole = Report([checks.Single, checks.Batches, writes.Writes, writes.Demanding, lists.Lists, watched]);
        if (!isWhole)
        {
            KeepLogs(instances);
        }

        return isWhole;
    }

    /// <summary>Why a call was lost, as the instances see it.</summary>
    private static void KeepLogs(TwoInstances instances)
    {
        Directory.CreateDirectory(LogFolder);
        for (var i = 0; i < instances.Processes.Length; i++)
        {
            instances.Processes[i].CopyLog(Path.Combine(LogFolder, $"instance-{i + 1}.log"));
        }

        Console.WriteLine($"their logs are in {LogFolder}");
    }

    private async Task RestartAllAsync(TwoInstances instances)
    {
        for (var round = 1; round <= options.Rounds; round++)
        {
            for (var i = 0; i < instances.Processes.Length; i++)
            {
                await Task.Delay(Rest);
                var process = instances.Processes[i];
                var watch = Stopwatch.StartNew();
                var code = await process.TerminateAsync();
                var stopped = watch.Elapsed;
                await process.StartAgainAsync();
                Console.WriteLine($"round {round}, instance {i + 1}: ended {stopped.TotalSeconds:F1} s after SIGTERM with {code}, ready again {(watch.Elapsed - stopped).TotalSeconds:F1} s later");
                if (code != 0 || stopped > TimeSpan.FromMilliseconds(options.DrainMs) + StopLimit)
                {
                    _faults.Add($"instance {i + 1} ended with {code} after {stopped.TotalSeconds:F1} s");
                }
            }
        }

        await Task.Delay(Rest);
    }

    /// <summary>What was acknowledged is there, once.</summary>
    private static async Task JudgeWritesAsync(TwoInstances instances, ToggledMembers members, CallTally tally)
    {
        for (var index = 0; index < ToggledMembers.Count; index++)
        {
            await using var command = instances.Database.CreateCommand("SELECT count(*) FROM history WHERE subject_kind = 'member' AND subject_id = $1");
            command.Parameters.Add(new() { Value = MeasuredService.MemberId(ToggledMembers.NumberOf(index)) });
            var kept = (long)(await command.ExecuteScalarAsync())!;
            if (kept != members.WritesOf(index))
            {
                tally.Blame($"{members.WritesOf(index)} writes of a member were acknowledged, and {kept} are in its history");
            }
        }
    }

    private bool Report(CallTally[] tallies)
    {
        Console.WriteLine();
        Console.WriteLine($"{"calls",-20} {"answered",9} {"went on elsewhere",18} {"lost",6} {"wrong",6}");
        foreach (var tally in tallies)
        {
            Console.WriteLine($"{tally.Name,-20} {tally.Answered,9} {tally.WentOn,18} {tally.Lost,6} {tally.Wrong,6}");
        }

        foreach (var fault in tallies.SelectMany(tally => tally.Faults).Concat(_faults))
        {
            Console.WriteLine(fault);
        }

        var isWhole = _faults.Count == 0 && Array.TrueForAll(tallies, tally => tally.IsWhole);
        Console.WriteLine(isWhole ? "no call was lost, and every list came back whole" : "NOT whole: see above");
        return isWhole;
    }
}
