namespace Belong.ConsentService.Dev.Bench;

/// <summary>How much is measured, and how long.</summary>
/// <param name="IsQuick">Only to see that all of it works: the figures mean nothing.</param>
/// <param name="Only">What the names of the rows to measure contain; null for all.</param>
internal sealed record BenchPlan(int Members, int Rounds, bool IsQuick, string? Only)
{
    /// <summary>Calls per second of an open loop that leaves every call its time.</summary>
    public const int PacedRate = 1_000;

    /// <summary>Figures that are compared and written: of everything, and measured for long enough.</summary>
    public bool IsWhole => !IsQuick && Only is null;

    public bool Includes(string row) => Only is null || IsIn(Only, row);

    public static bool IsIn(string part, string row) => row.Contains(part, StringComparison.OrdinalIgnoreCase);

    /// <summary>Of one method in one round.</summary>
    public TimeSpan Window => Seconds(3, 0.4);

    public TimeSpan WarmUp => Seconds(6, 0.5);

    /// <summary>Of single checks beside bulk.</summary>
    public TimeSpan LongWindow => Seconds(5, 0.5);

    /// <summary>From when a new instance says that it is ready.</summary>
    public TimeSpan FirstSeconds => Seconds(10, 2);

    /// <summary>Single changes to follow from commit to check.</summary>
    public int SingleChanges => IsQuick ? 20 : 200;

    /// <summary>Checks per second at which the time inside the service is claimed.</summary>
    public int HighRate => IsQuick ? 1_000 : 10_000;

    private TimeSpan Seconds(double full, double quick) => TimeSpan.FromSeconds(IsQuick ? quick : full);
}
