using System.CommandLine;
using System.Globalization;
using Belong.ConsentService.Dev.Fuzz;

namespace Belong.ConsentService.Dev.Verbs;

/// <summary><c>fuzz</c>: hostile requests through every door of a real service.</summary>
internal static class FuzzVerb
{
    private const int Million = 1_000_000;
    private const int LeastRequests = 1_000;
    private const int MostRequests = 100_000_000;

    public static Command Build()
    {
        var requests = new Option<int>("--requests") { Description = "In all, shared out among the doors", DefaultValueFactory = _ => Million };
        var seed = new Option<int>("--seed") { Description = "Decides every request", DefaultValueFactory = _ => 1 };
        var doors = new Option<string[]>("--door") { Description = "Only this one, or these", DefaultValueFactory = _ => [] };
        var cases = new Option<string>("--cases") { Description = "The cases whose requests are among those that are spoilt", DefaultValueFactory = _ => "spec/cases" };
        var logs = new Option<string>("--logs") { Description = "Where the service's log goes when something is violated", DefaultValueFactory = _ => ".dev/fuzz" };
        requests.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is var given and (< LeastRequests or > MostRequests))
            {
                result.AddError($"--requests is {given}: {LeastRequests} to {MostRequests} is allowed");
            }
        });
        doors.Validators.Add(result =>
        {
            foreach (var name in result.GetValueOrDefault<string[]>()!.Where(name => FuzzRun.AllDoors.All(known => known.Name != name)))
            {
                result.AddError($"--door is '{name}': one of {string.Join(", ", FuzzRun.AllDoors.Select(known => known.Name))} is allowed");
            }
        });
        cases.Validators.Add(result =>
        {
            if (!Directory.Exists(result.GetValueOrDefault<string>()))
            {
                result.AddError($"--cases is '{result.GetValueOrDefault<string>()}': a folder of cases is required");
            }
        });
        var command = new Command("fuzz", "Throws hostile requests at a real service through every door, and judges every answer and what is left behind.") { requests, seed, doors, cases, logs };
        command.SetAction((result, cancellation) => RunAsync(
            new FuzzOptions(result.GetValue(seed), result.GetValue(requests), result.GetValue(doors)!, result.GetValue(cases)!, result.GetValue(logs)!), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(FuzzOptions options, CancellationToken cancellation)
    {
        var run = new FuzzRun(options);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"fuzz: {options.Requests:N0} requests, seed {options.Seed}"));
        await run.RunAsync(cancellation);
        Console.WriteLine();
        FuzzTable.Write(Console.Out, run);
        Console.WriteLine();
        foreach (var violation in run.Violations.Kept)
        {
            Console.WriteLine(violation);
        }

        foreach (var (kind, count) in run.Violations.Kinds)
        {
            Console.WriteLine($"{count} times: {kind}");
        }

        Console.WriteLine($"{run.Violations.Count} violations (seed {options.Seed}{(run.Violations.Count > 0 ? $"; the service's log in {options.Logs}" : "")})");
        return run.Violations.Count == 0 ? 0 : 1;
    }
}
