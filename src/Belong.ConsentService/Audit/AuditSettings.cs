namespace Belong.ConsentService.Audit;

/// <summary>Settings of the slow comparison of Redis with PostgreSQL.</summary>
public sealed class AuditSettings
{
    /// <summary>The share of all members that is compared in a minute; 0 turns the auditor off.</summary>
    public double SharePerMinutePercent { get; set; } = 1;

    /// <summary>The most members compared in a second, however many there are.</summary>
    public int MaxMembersPerSecond { get; set; } = 2_000;

    /// <summary>The most members read at once.</summary>
    public int PageSize { get; set; } = 200;

    /// <summary>How long a page waits for the feed to have carried what it holds; then it is skipped.</summary>
    public int CoverTimeoutMs { get; set; } = 5_000;

    /// <summary>How often an instance that does not audit tries to take over; also the longest wait after errors.</summary>
    public int TakeOverMs { get; set; } = 10_000;
}
