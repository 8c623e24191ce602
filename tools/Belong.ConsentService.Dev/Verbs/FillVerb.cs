using System.CommandLine;
using Belong.ConsentService.Dev.Measuring;
using Belong.ConsentService.Testing.Mix;

namespace Belong.ConsentService.Dev.Verbs;

/// <summary><c>fill</c>: how long an empty Redis takes to be filled, and what members take of memory.</summary>
internal static class FillVerb
{
    private const double Mebibyte = 1024 * 1024;
    private const int Million = 1_000_000;
    private const int MaxRounds = 100;
    private const int MaxChecksPerSecond = 10_000;

    /// <summary>Of a million members.</summary>
    private const double PromisedSeconds = 15;
    private const double PromisedBytesPerMember = 150;
    private const double PromisedResidentMebibytes = 256;

    public static Command Build()
    {
        var members = Number("--members", "Members of the mix", Million, MemberMix.MaxMembers);
        var rounds = Number("--rounds", "How often a service is started on an empty Redis", 3, MaxRounds);
        var checks = Number("--checks-per-second", "Checks meanwhile", 200, MaxChecksPerSecond);
        var command = new Command("fill", "Measures how long a service fills an empty Redis while it answers checks, and what the members take of memory.")
        {
            members, rounds, checks,
        };
        command.SetAction((result, _) => RunAsync(result.GetValue(members), result.GetValue(rounds), result.GetValue(checks)));
        return command;
    }

    private static Option<int> Number(string name, string description, int usual, int most)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => usual };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is var given && (given < 1 || given > most))
            {
                result.AddError($"{name} is {given}: from 1 to {most} is allowed");
            }
        });
        return option;
    }

    private static async Task<int> RunAsync(int members, int rounds, int checksPerSecond)
    {
        Console.WriteLine($"loading {members} members of the mix into PostgreSQL");
        await using var measure = await RebuildMeasure.StartAsync(members, checksPerSecond);
        var all = new List<RebuildFigures>();
        for (var round = 1; round <= rounds; round++)
        {
            all.Add(await measure.RunAsync());
            Console.WriteLine($"round {round}: {members} members, {checksPerSecond} checks per second meanwhile");
            Tell(all[^1]);
        }

        return Judge(all, members) ? 0 : 1;
    }

    private static void Tell(RebuildFigures figures)
    {
        Tell("from the start of the service's process", figures.AtStart);
        Tell("from when Redis was emptied under it   ", figures.Emptied);
        Console.WriteLine($"  Redis {figures.RedisBytes / Mebibyte:F1} MiB, {figures.RedisBytesPerMember:F1} bytes for each member, keys and overhead included");
        Console.WriteLine($"  service {figures.ResidentBytes / Mebibyte:F0} MiB resident, {figures.PeakBytes / Mebibyte:F0} MiB at most");
    }

    private static void Tell(string what, FillFigures fill) => Console.WriteLine(
        $"  {what}: {fill.Took.TotalSeconds:F1} s; {fill.CheckMs.Count} checks answered, median {fill.CheckMs.Median:F1} ms, " +
        $"99th percentile {fill.CheckMs.Quantile(0.99):F0} ms, most {fill.CheckMs.Most:F0} ms; {fill.Unanswered} not {fill.FirstError}");

    private static bool Judge(List<RebuildFigures> all, int members)
    {
        var isHeld = Tell("every check was answered", all.TrueForAll(one => one.AtStart.Unanswered + one.Emptied.Unanswered == 0));
        return members != Million ? isHeld : isHeld
            & Tell($"filled in at most {PromisedSeconds} s", all.TrueForAll(one => one.AtStart.Took.TotalSeconds <= PromisedSeconds && one.Emptied.Took.TotalSeconds <= PromisedSeconds))
            & Tell($"at most {PromisedBytesPerMember} bytes for each member", all.TrueForAll(one => one.RedisBytesPerMember <= PromisedBytesPerMember))
            & Tell($"the service has at most {PromisedResidentMebibytes} MiB", all.TrueForAll(one => one.PeakBytes / Mebibyte <= PromisedResidentMebibytes));
    }

    private static bool Tell(string what, bool isSo)
    {
        Console.WriteLine($"{(isSo ? "yes" : "NO ")}: {what}");
        return isSo;
    }
}
