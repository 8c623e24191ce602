using System.CommandLine;
using Belong.ConsentService.Dev.Measuring;

namespace Belong.ConsentService.Dev.Verbs;

/// <summary><c>latency</c>: the figures of the README.</summary>
internal static class LatencyVerb
{
    public static Command Build()
    {
        var changes = new Option<int>("--changes") { Description = "Single changes to follow from commit to check", DefaultValueFactory = _ => 1_000 };
        var rounds = new Option<int>("--rounds") { Description = "Turns of 2,000 checks and 2,000 calls of the floor", DefaultValueFactory = _ => 15 };
        var command = new Command("latency", "Measures how soon a change bites, and one check against a bare gRPC method with one GET.") { changes, rounds };
        command.SetAction((result, _) => RunAsync(result.GetValue(changes), result.GetValue(rounds)));
        return command;
    }

    private static async Task<int> RunAsync(int changes, int rounds)
    {
        await using var service = await MeasuredService.StartAsync();
        await using var floor = await CheckFloor.StartAsync(service);
        var delay = await EnforcementDelay.MeasureAsync(service, changes);
        Console.WriteLine($"from commit to the first check that shows it, {delay.Count} single changes at rest:");
        Console.WriteLine($"  median {delay.Median:F2} ms, 99th percentile {delay.Quantile(0.99):F2} ms, most {delay.Most:F2} ms");
        var (check, bare, ratio) = await CheckLatency.MeasureAsync(service, floor, rounds);
        Console.WriteLine($"one unary check on one connection, {check.Count} calls, in turns with a bare gRPC method that does one GET:");
        Console.WriteLine($"  check  median {check.Median:F0} µs, 99th percentile {check.Quantile(0.99):F0} µs");
        Console.WriteLine($"  floor  median {bare.Median:F0} µs, 99th percentile {bare.Quantile(0.99):F0} µs");
        Console.WriteLine($"  ratio of the medians {ratio:F2} (median over {rounds} rounds)");
        return 0;
    }
}
