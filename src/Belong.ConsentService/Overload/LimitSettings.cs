namespace Belong.ConsentService.Overload;

/// <summary>How many calls may be in flight. What is above is refused at once, so that what was taken stays quick.</summary>
public sealed class LimitSettings
{
    /// <summary>Of ConsentCheck but for batches: enough for two cores at full load behind a store that takes its time.</summary>
    public int MaxConcurrentChecks { get; set; } = 1_000;

    /// <summary>Of CheckBatch and ScreenAudience: they share a lane, and each is quicker the fewer they are.</summary>
    public int MaxConcurrentBulkCalls { get; set; } = 32;

    /// <summary>Of WatchDecisions; each may hold a connection to PostgreSQL while it reads what changed.</summary>
    public int MaxConcurrentWatches { get; set; } = 16;

    /// <summary>Of ConsentRegistry but for imports; each may hold a connection to PostgreSQL.</summary>
    public int MaxConcurrentRegistryCalls { get; set; } = 40;

    /// <summary>Connections to the gRPC port. A caller needs one or a few; each may hold some 100 calls and a few megabytes.</summary>
    public int MaxConnections { get; set; } = 1_000;

    /// <summary>ConsentRegistry.ImportMembers; each holds a connection and a transaction while it lasts.</summary>
    public int MaxConcurrentImports { get; set; } = 2;
}
