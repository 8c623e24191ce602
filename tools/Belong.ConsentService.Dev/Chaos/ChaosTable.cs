using Belong.ConsentService.Dev.Chaos.Load;

namespace Belong.ConsentService.Dev.Chaos;

/// <summary>The table at the end of a run, in the form of the documentation.</summary>
internal static class ChaosTable
{
    public static void Write(TextWriter output, IReadOnlyDictionary<string, Tally> tallies)
    {
        output.WriteLine("| fault | times | checks asked | from cache | from PostgreSQL | refused | not answered | stale ALLOWs | longest enforcement delay | longest time to converge |");
        output.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
        foreach (var (name, tally) in tallies.Where(tally => tally.Value.Injected > 0))
        {
            output.WriteLine($"| {name} | {tally.Injected} | {tally.Asked} | {tally.FromCache} | {tally.FromDatabase} | {tally.Refused} | {tally.Unanswered} "
                + $"| {tally.StaleAllows} | {tally.LongestDelay.TotalMilliseconds:F0} ms | {tally.LongestConvergence.TotalMilliseconds:F0} ms |");
        }
    }
}
