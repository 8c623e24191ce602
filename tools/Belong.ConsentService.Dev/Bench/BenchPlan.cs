namespace Belong.ConsentService.Dev.Bench;

/// <summary>How much is measured, and how long.</summary>
/// <param name="IsQuick">Only to see that all of it works: the figures mean nothing.</param>
internal sealed record BenchPlan(int Members, int Rounds, bool IsQuick)
{
    /// <summary>Calls per second of an open loop that leaves every call its time.</summary>
    public const int PacedRate = 1_000;

    /// <summary>Of one method in one round.</summary>
    public TimeSpan Window => Seconds(3, 0.4);

    public TimeSpan WarmUp => Seconds(6, 0.5);

    /// <summary>Checks per second at which the time inside the service is claimed.</summary>
    public int HighRate => IsQuick ? 1_000 : 10_000;

    private TimeSpan Seconds(double full, double quick) => TimeSpan.FromSeconds(IsQuick ? quick : full);
}
