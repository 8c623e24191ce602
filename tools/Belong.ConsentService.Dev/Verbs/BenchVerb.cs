using System.CommandLine;
using Belong.ConsentService.Dev.Bench;
using Belong.ConsentService.Dev.Bench.Report;
using Belong.ConsentService.Testing.Mix;

namespace Belong.ConsentService.Dev.Verbs;

/// <summary><c>bench</c>: how near the service comes to what gRPC and Redis allow.</summary>
internal static class BenchVerb
{
    private const int MinMembers = 10_000;
    private const int QuickMembers = 20_000;

    public static Command Build()
    {
        var members = new Option<int?>("--members") { Description = "Members of the realistic mix; 1,000,000 unless given" };
        var rounds = new Option<int?>("--rounds") { Description = "How often everything is measured in turn; 5 unless given" };
        var quick = new Option<bool>("--quick") { Description = "Only to see that all of it works: little of everything, nothing compared or written" };
        var only = new Option<string>("--only") { Description = "Measure only the rows whose name contains this, such as 'throughput'; nothing is compared or written" };
        only.Validators.Add(result =>
        {
            var part = result.GetValueOrDefault<string>();
            if (part is not null && !BenchRun.RowNames.Any(name => BenchPlan.IsIn(part, name)))
            {
                result.AddError($"--only is '{part}': a part of one of these is allowed: {string.Join(", ", BenchRun.RowNames)}");
            }
        });
        Limit(members, "--members", MinMembers, MemberMix.MaxMembers);
        Limit(rounds, "--rounds", 1, 100);
        var command = new Command("bench", "Measures the service against a bare gRPC method with one GET, and all else that has a target.") { members, rounds, quick, only };
        command.SetAction((result, _) =>
        {
            var isQuick = result.GetValue(quick);
            return RunAsync(new BenchPlan(
                result.GetValue(members) ?? (isQuick ? QuickMembers : 1_000_000), result.GetValue(rounds) ?? (isQuick ? 1 : 5), isQuick, result.GetValue(only)));
        });
        return command;
    }

    private static void Limit(Option<int?> option, string name, int least, int most) => option.Validators.Add(result =>
    {
        if (result.GetValueOrDefault<int?>() is { } value && (value < least || value > most))
        {
            result.AddError($"{name} is {value}: {least} to {most} is allowed");
        }
    });

    private static async Task<int> RunAsync(BenchPlan plan)
    {
        var thresholds = !plan.IsWhole ? Thresholds.None : Thresholds.Read("bench/thresholds.json");
        var run = new BenchRun(plan, Console.Out);
        try
        {
            await run.RunAsync();
        }
        catch (InvalidOperationException e)
        {
            await Console.Error.WriteLineAsync($"bench: {e.Message}");
            return 1;
        }

        Console.WriteLine();
        TableText.Write(Console.Out, run.Table, thresholds);
        if (!plan.IsWhole)
        {
            Console.WriteLine(plan.IsQuick ? "a quick run: the figures mean nothing" : "a part of the rows: nothing was compared or written");
            return 0;
        }

        await new PerformanceDocument("docs").WriteAsync(run, thresholds);
        var missed = thresholds.FindMissed(run.Table).ToList();
        foreach (var line in NearCache.Describe(run.Table).Concat(missed))
        {
            Console.WriteLine(line);
        }

        Console.WriteLine($"{missed.Count} thresholds missed; written to docs/performance.md");
        return missed.Count == 0 ? 0 : 1;
    }
}
