using System.Runtime.CompilerServices;

namespace Belong.ConsentService.Rules;

public enum Outcome : byte
{
    /// <summary>Refused by rule 1 or 2: there is no outcome.</summary>
    None = 0,
    Allow = 1,
    AllowPartial = 2,
    Deny = 3,
}

/// <summary>The answer to one request, a value without references to the member's facts.</summary>
public readonly record struct Decision
{
    public Outcome Outcome { get; init; }

    /// <summary>All reasons; the first is the primary one.</summary>
    public ReasonSet Reasons { get; init; }

    /// <summary>The purposes that <see cref="PerPurpose"/> answers; empty after a rule that answers at once.</summary>
    public PurposeSet JudgedPurposes { get; init; }

    public PurposeReasons PerPurpose { get; init; }

    public ItemSet PermittedItems { get; init; }

    /// <summary>Withheld because of <see cref="OutsideReason"/>.</summary>
    public ItemSet ItemsOutside { get; init; }

    public Reason OutsideReason { get; init; }

    /// <summary>Withheld because the member stopped them.</summary>
    public ItemSet ItemsStopped { get; init; }

    public ObligationSet Obligations { get; init; }

    /// <summary>The instant that was judged.</summary>
    public Instant EvaluatedAt { get; init; }

    /// <summary>The answer holds until then at the latest.</summary>
    public Instant ValidUntil { get; init; }

    /// <summary>The policy version in force, once known.</summary>
    public string? PolicyVersion { get; init; }

    /// <summary>The cause is the store and not the member.</summary>
    public bool IsRetryable => Reasons.Contains(Reason.FactsUnavailable) || Reasons.Contains(Reason.FactsStale);
}

/// <summary>The reasons of each purpose, by its number less one.</summary>
[InlineArray(8)]
public struct PurposeReasons : IEquatable<PurposeReasons>
{
    private ReasonSet _first;

    public readonly ReasonSet Of(Purpose purpose) => this[(int)purpose - 1];

    public readonly bool Equals(PurposeReasons other) => ((ReadOnlySpan<ReasonSet>)this).SequenceEqual(other);

    public override readonly bool Equals(object? obj) => obj is PurposeReasons other && Equals(other);

    public override readonly int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var reasons in this)
        {
            hash.Add(reasons.Bits);
        }

        return hash.ToHashCode();
    }

    public static bool operator ==(PurposeReasons left, PurposeReasons right) => left.Equals(right);

    public static bool operator !=(PurposeReasons left, PurposeReasons right) => !left.Equals(right);
}
