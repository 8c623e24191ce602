using Belong.ConsentService.Dev.Chaos.Load;
using Belong.ConsentService.Dev.Chaos.Model;

namespace Belong.ConsentService.Dev.Chaos;

/// <summary>The tables at the end of a run, in the form of the documentation.</summary>
internal static class ChaosTable
{
    private const string Counted = "checks asked | from cache | from PostgreSQL | from either | refused | not answered | stale ALLOWs | longest enforcement delay |";
    private const string Rule = "---|---|---|---|---|---|---|---|";

    public static void Write(TextWriter output, IReadOnlyDictionary<string, Tally> tallies)
    {
        output.WriteLine($"| fault | times | {Counted} longest time to converge |");
        output.WriteLine($"|---|---|{Rule}---|");
        foreach (var (name, tally) in tallies.Where(tally => tally.Value.Injected > 0))
        {
            output.WriteLine($"| {name} | {tally.Injected} | {Write(tally.All)} {tally.LongestConvergence.TotalMilliseconds:F0} ms |");
        }

        output.WriteLine();
        output.WriteLine($"| asked | {Counted}");
        output.WriteLine($"|---|{Rule}");
        foreach (var door in Enum.GetValues<Door>().Where(door => door != Door.Watch))
        {
            output.WriteLine($"| {NameOf(door)} | {Write(tallies.Values.Select(tally => tally.Of(door)).Aggregate((sum, counts) => sum + counts))}");
        }

        WriteWatched(output, tallies.Values.Select(tally => tally.Watched).Aggregate((sum, counts) => sum + counts));
    }

    private static void WriteWatched(TextWriter output, WatchCounts counts)
    {
        output.WriteLine();
        output.WriteLine("| | events | members told | everything changed | heartbeats judged | resumed | begun anew | missed or wrong | longest from commit until told |");
        output.WriteLine("|---|---|---|---|---|---|---|---|---|");
        output.WriteLine($"| watched | {counts.Events} | {counts.Members} | {counts.Everything} | {counts.Judged} | {counts.Resumed} | {counts.Anew} | {counts.Faults} | {counts.LongestDelay.TotalMilliseconds:F0} ms |");
    }

    private static string NameOf(Door door) => door switch
    {
        Door.Alone => "alone",
        Door.Batch => "in batches",
        _ => "in lists",
    };

    private static string Write(Counts counts) =>
        $"{counts.Asked} | {counts.FromCache} | {counts.FromDatabase} | {counts.FromEither} | {counts.Refused} | {counts.Unanswered} "
        + $"| {counts.StaleAllows} | {counts.LongestDelay.TotalMilliseconds:F0} ms |";
}
