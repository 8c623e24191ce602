namespace Belong.ConsentService.Dev.Chaos.Faults;

/// <summary>Every fault there is, in the order of the table.</summary>
internal static class AllFaults
{
    public static IReadOnlyList<Fault> List { get; } = [.. RedisFaults.List, .. FailoverFaults.List, .. PostgresFaults.List, .. FeedFaults.List, .. WriteFaults.List, .. LoadFaults.List];
}
