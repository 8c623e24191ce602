namespace Belong.ConsentService.Rules;

/// <summary>The standing of a member, the more severe the higher.</summary>
public enum MemberStatus : byte
{
    Active = 1,
    WithdrawalPending = 2,
    Withdrawn = 3,
    ErasurePending = 4,
    Erased = 5,
}

/// <summary>How a consent was given.</summary>
public enum ConsentMethod : byte
{
    Explicit = 1,
    Deemed = 2,
}

/// <summary>What Belong owes a member.</summary>
public enum ObligationKind : byte
{
    Delivery = 1,
    Warranty = 2,
    Support = 3,
    Billing = 4,
    IdentityCheck = 5,
    ContractNotice = 6,
    Inquiry = 7,
    RightsRequest = 8,
}

/// <summary>
/// All facts of one member, immutable. A start of null means that it is not on record: a restriction
/// has begun then, a permission never begins. An end of null is open.
/// </summary>
public sealed record MemberFacts
{
    /// <summary>Grows by one with each write.</summary>
    public long Version { get; init; }

    /// <summary>The facts were erased: what is left is the tombstone.</summary>
    public bool IsTombstone { get; init; }

    /// <summary>The policy version under which the member's data were acquired.</summary>
    public string? AcquiredPolicyVersion { get; init; }

    /// <summary>In order of start; ACTIVE where none has begun.</summary>
    public StatusFact[] Statuses { get; init; } = [];

    public UseStop[] UseStops { get; init; } = [];

    public ProvisionStop[] ProvisionStops { get; init; } = [];

    public DmOptOut[] DmOptOuts { get; init; } = [];

    public ItemStop[] ItemStops { get; init; } = [];

    /// <summary>When the member opted in to surveys, ascending.</summary>
    public Instant[] SurveyOptIns { get; init; } = [];

    public AdMailOptIn[] AdMailOptIns { get; init; } = [];

    public ConsentFact[] Consents { get; init; } = [];

    public ObligationFact[] Obligations { get; init; } = [];

    public PolicyAcceptance[] PolicyAcceptances { get; init; } = [];

    /// <summary>The latest use of the service, and any recorded for later; ascending.</summary>
    public Instant[] ServiceUses { get; init; } = [];
}

/// <summary>The member has this status from a time on.</summary>
public sealed record StatusFact(MemberStatus Status, Instant? At);

/// <summary>§9: a stop of use.</summary>
/// <param name="RecordId">Names the record for a later change of it.</param>
/// <param name="IsFull">Of all use; else of <paramref name="Purposes"/>.</param>
/// <param name="VerifiedAt">When identity was verified; null while it is not.</param>
public sealed record UseStop(string? RecordId, bool IsFull, PurposeSet Purposes, Instant? At, Instant? VerifiedAt, Instant? LiftedAt);

/// <summary>§9: a stop of provision to third parties.</summary>
/// <param name="IsAll">To all; else to <paramref name="VendorIds"/>.</param>
public sealed record ProvisionStop(string? RecordId, bool IsAll, string[] VendorIds, Instant? At, Instant? LiftedAt);

/// <summary>§9 ※: no direct mail by these channels.</summary>
public sealed record DmOptOut(string? RecordId, ChannelSet Channels, Instant? At, Instant? LiftedAt)
{
    /// <summary>How it was received; no rule reads it.</summary>
    public string? ReceivedVia { get; init; }

    /// <summary>No rule reads it: an opt-out bites either way.</summary>
    public bool IdentityVerified { get; init; }
}

/// <summary>§9: a stop of data items.</summary>
public sealed record ItemStop(ItemSet Items, Instant? At, Instant? LiftedAt);

/// <summary>Consent to advertising mail; without evidence it carries nothing.</summary>
public sealed record AdMailOptIn(string? RecordId, ChannelSet Channels, Instant? At, string? EvidenceRef, Instant? RevokedAt);

/// <summary>Consent to provision to one recipient.</summary>
public sealed record ConsentFact(
    string RecipientId,
    string[] RecipientPurposes,
    ItemSet Items,
    ConsentMethod Method,
    Instant? GrantedAt,
    Instant? ExpiresAt,
    Instant? WithdrawnAt,
    bool ForeignInfoGiven);

/// <summary>An obligation toward the member, open from <paramref name="OpenedAt"/> until <paramref name="ClosedAt"/>, exclusive.</summary>
public sealed record ObligationFact(string Ref, ObligationKind Kind, Instant? OpenedAt, Instant? ClosedAt);

/// <summary>The member accepted a policy version explicitly.</summary>
public sealed record PolicyAcceptance(string PolicyVersion, Instant? At);
