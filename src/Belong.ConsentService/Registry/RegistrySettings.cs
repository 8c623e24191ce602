namespace Belong.ConsentService.Registry;

/// <summary>Limits of the writing side.</summary>
public sealed class RegistrySettings
{
    /// <summary>How often a write is tried when it meets another one.</summary>
    public int MaxAttempts { get; set; } = 6;

    /// <summary>The facts of one member as JSON.</summary>
    public int MaxMemberFactsBytes { get; set; } = 512 * 1024;

    /// <summary>Members in one import.</summary>
    public int MaxImportMembers { get; set; } = 10_000_000;

    /// <summary>One statement of an import.</summary>
    public int ImportStatementTimeoutSeconds { get; set; } = 3600;

    /// <summary>How long an import waits for its caller's next member: it holds a connection and one of few places.</summary>
    public int ImportIdleTimeoutSeconds { get; set; } = 60;

    /// <summary>PostgreSQL ends a write that stands still this long: an instance that was cut off must not hold a lock.</summary>
    public int IdleTransactionTimeoutMs { get; set; } = 10_000;

    public int MaxVendors { get; set; } = 10_000;

    public int MaxPolicyVersions { get; set; } = 1_000;

    public int MaxDeterminations { get; set; } = 10_000;
}
