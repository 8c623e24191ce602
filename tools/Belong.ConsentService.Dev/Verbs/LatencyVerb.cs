using System.CommandLine;
using Belong.ConsentService.Dev.Measuring;

namespace Belong.ConsentService.Dev.Verbs;

/// <summary><c>latency</c>: the figures of the README.</summary>
internal static class LatencyVerb
{
    private const int ChecksBesideBulk = 200;

    /// <summary>A watch rests between its looks, so that each takes longer than a check: a few seconds in all.</summary>
    private const int MaxTold = 500;

    public static Command Build()
    {
        var changes = new Option<int>("--changes") { Description = $"Single changes to follow from commit to check, and at most {MaxTold} to what a watch tells", DefaultValueFactory = _ => 1_000 };
        var rounds = new Option<int>("--rounds") { Description = "Turns of 2,000 checks and 2,000 calls of the floor", DefaultValueFactory = _ => 15 };
        var writes = new Option<int>("--writes-per-second") { Description = "With it the delay is measured under load, on two instances, and nothing else" };
        var checks = new Option<int>("--checks-per-second") { Description = "Checks beside the writes", DefaultValueFactory = _ => 2_000 };
        var seconds = new Option<int>("--seconds") { Description = "How long the load is measured", DefaultValueFactory = _ => 60 };
        var warmUp = new Option<int>("--warm-up-seconds") { Description = "How long it lasts before: the runtime compiles what is hot for the better part of a minute", DefaultValueFactory = _ => 45 };
        var samples = new Option<int>("--samples-per-second") { Description = "Writes that are watched from the outside", DefaultValueFactory = _ => 20 };
        var rows = new Option<int>("--rows-in-one-statement") { Description = "With it so many members are changed at once, on two instances, and nothing else is done" };
        var command = new Command("latency", "Measures how soon a change bites and is told, and one check against a bare gRPC method with one GET.")
        {
            changes, rounds, writes, checks, seconds, warmUp, samples, rows,
        };
        command.SetAction(async (result, _) =>
        {
            if (result.GetValue(writes) is > 0 and var perSecond)
            {
                var duration = TimeSpan.FromSeconds(result.GetValue(seconds));
                var warming = TimeSpan.FromSeconds(result.GetValue(warmUp));
                return await new LoadedDelay(perSecond, result.GetValue(checks), warming, duration, result.GetValue(samples)).RunAsync() ? 0 : 1;
            }

            return result.GetValue(rows) is > 0 and var members
                ? await new BulkDelay(members, ChecksBesideBulk).RunAsync() ? 0 : 1
                : await RunAsync(result.GetValue(changes), result.GetValue(rounds));
        });
        return command;
    }

    private static async Task<int> RunAsync(int changes, int rounds)
    {
        await using var service = await MeasuredService.StartAsync();
        await using var floor = await CheckFloor.StartAsync(service);
        var delay = await EnforcementDelay.MeasureAsync(service.Database, service.Checks, changes);
        Console.WriteLine($"from commit to the first check that shows it, {delay.Count} single changes at rest:");
        Console.WriteLine($"  median {delay.Median:F2} ms, 99th percentile {delay.Quantile(0.99):F2} ms, most {delay.Most:F2} ms");
        var told = await EnforcementDelay.MeasureToldAsync(service.Database, service.Audience, Math.Min(changes, MaxTold));
        Console.WriteLine($"from commit until a watcher is told, {told.Count} single changes at rest:");
        Console.WriteLine($"  median {told.Median:F2} ms, 99th percentile {told.Quantile(0.99):F2} ms, most {told.Most:F2} ms");
        var (check, bare, ratio) = await CheckLatency.MeasureAsync(service, floor, rounds);
        Console.WriteLine($"one unary check on one connection, {check.Count} calls, in turns with a bare gRPC method that does one GET:");
        Console.WriteLine($"  check  median {check.Median:F0} µs, 99th percentile {check.Quantile(0.99):F0} µs");
        Console.WriteLine($"  floor  median {bare.Median:F0} µs, 99th percentile {bare.Quantile(0.99):F0} µs");
        Console.WriteLine($"  ratio of the medians {ratio:F2} (median over {rounds} rounds)");
        return 0;
    }
}
