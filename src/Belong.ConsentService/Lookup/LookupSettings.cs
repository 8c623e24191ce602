namespace Belong.ConsentService.Lookup;

/// <summary>Limits of reading facts on behalf of checks.</summary>
public sealed record LookupSettings
{
    public int MaxConcurrentDatabaseReads { get; init; } = 64;

    public TimeSpan DatabaseTimeout { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan CacheTimeout { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How often the age of the facts is measured.</summary>
    public TimeSpan ProbeInterval { get; init; } = TimeSpan.FromMilliseconds(500);
}
