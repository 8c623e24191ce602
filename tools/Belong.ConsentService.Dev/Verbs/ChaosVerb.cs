using System.CommandLine;
using Belong.ConsentService.Dev.Chaos;
using Belong.ConsentService.Dev.Chaos.Faults;

namespace Belong.ConsentService.Dev.Verbs;

/// <summary><c>chaos</c>: breaks everything around two instances and judges every answer.</summary>
internal static class ChaosVerb
{
    public static Command Build()
    {
        var minutes = new Option<double>("--minutes") { Description = "How long faults are injected", DefaultValueFactory = _ => 10 };
        var seed = new Option<int>("--seed") { Description = "Decides the order of the faults and the workload", DefaultValueFactory = _ => 1 };
        var faults = new Option<string[]>("--fault") { Description = "Only this one, or these", DefaultValueFactory = _ => [] };
        var logs = new Option<string>("--logs") { Description = "Where the instances' logs go when something is violated", DefaultValueFactory = _ => ".dev/chaos" };
        minutes.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is not (> 0 and <= 1_440))
            {
                result.AddError($"--minutes is {result.GetValueOrDefault<double>()}: more than 0 and at most 1440 is allowed");
            }
        });
        faults.Validators.Add(result =>
        {
            foreach (var name in result.GetValueOrDefault<string[]>()!.Where(name => AllFaults.List.All(known => known.Name != name)))
            {
                result.AddError($"--fault is '{name}': one of {string.Join(", ", AllFaults.List.Select(known => known.Name))} is allowed");
            }
        });
        var command = new Command("chaos", "Injects faults into two instances under load and judges every answer by a model of the facts.") { minutes, seed, faults, logs };
        command.SetAction((result, cancellation) => RunAsync(
            new ChaosOptions(TimeSpan.FromMinutes(result.GetValue(minutes)), result.GetValue(seed), result.GetValue(faults)!, result.GetValue(logs)!), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(ChaosOptions options, CancellationToken cancellation)
    {
        var run = new ChaosRun(options);
        Console.WriteLine($"chaos: {options.Duration.TotalMinutes:0.#} minutes, seed {options.Seed}");
        await run.RunAsync(cancellation);
        Console.WriteLine();
        ChaosTable.Write(Console.Out, run.Tallies);
        Console.WriteLine();
        foreach (var violation in run.Violations.Kept)
        {
            Console.WriteLine(violation);
        }

        foreach (var (kind, count) in run.Violations.Kinds)
        {
            Console.WriteLine($"{count} times: {kind}");
        }

        Console.WriteLine($"{run.Violations.Count} violations (seed {options.Seed}{(run.Violations.Count > 0 ? $"; logs in {options.LogFolder}" : "")})");
        return run.Violations.Count == 0 ? 0 : 1;
    }
}
