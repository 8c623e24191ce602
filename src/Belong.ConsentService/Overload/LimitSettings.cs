namespace Belong.ConsentService.Overload;

/// <summary>How many calls may be in flight. What is above is refused at once, so that what was taken stays quick.</summary>
public sealed class LimitSettings
{
    /// <summary>Of ConsentCheck: enough for two cores at full load behind a store that takes its time.</summary>
    public int MaxConcurrentChecks { get; set; } = 1_000;

    /// <summary>Of ConsentRegistry but for imports; each may hold a connection to PostgreSQL.</summary>
    public int MaxConcurrentRegistryCalls { get; set; } = 40;

    /// <summary>ConsentRegistry.ImportMembers; each holds a connection and a transaction while it lasts.</summary>
    public int MaxConcurrentImports { get; set; } = 2;
}
