using System.CommandLine;
using Belong.ConsentService.Dev.Rolling;

namespace Belong.ConsentService.Dev.Verbs;

/// <summary><c>rolling</c>: restarts two instances in turns under load.</summary>
internal static class RollingVerb
{
    private const int MaxRounds = 1_000;
    private const int MaxDrainMs = 600_000;

    public static Command Build()
    {
        var rounds = Number("--rounds", "How often each instance is restarted", 2, 1, MaxRounds);
        var drain = Number("--drain-ms", "Consent:DrainMs of both", 1_000, 0, MaxDrainMs);
        var clients = new Option<Balancing>("--clients")
        {
            Description = "How callers learn that an instance is not to be asked: health, by watching its gRPC health, or static, not at all",
            DefaultValueFactory = _ => Balancing.Health,
        };
        var command = new Command("rolling", "Restarts two instances in turns under load and counts every call: none may be lost.") { rounds, drain, clients };
        command.SetAction(async (result, _) =>
            await new RollingRun(new RollingOptions(result.GetValue(rounds), result.GetValue(drain), result.GetValue(clients))).RunAsync() ? 0 : 1);
        return command;
    }

    private static Option<int> Number(string name, string description, int usual, int least, int most)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => usual };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is var given && (given < least || given > most))
            {
                result.AddError($"{name} is {given}: from {least} to {most} is allowed");
            }
        });
        return option;
    }
}
