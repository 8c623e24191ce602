using System.Collections.Frozen;

namespace Belong.ConsentService.Rules;

[Flags]
public enum VendorRelations : byte
{
    None = 0,
    Contractor = 1,
    ThirdParty = 2,
    JointUser = 4,
}

public enum VendorStatus : byte
{
    Active = 1,
    Suspended = 2,
    Terminated = 3,
}

/// <summary>On what a transfer abroad rests (Art. 28).</summary>
public enum ForeignBasis : byte
{
    None = 0,
    AdequateCountry = 1,
    EquivalentMeasures = 2,
}

/// <summary>What a version of the policy changed (§13).</summary>
public enum PolicyChange : byte
{
    Initial = 1,
    Related = 2,
    Expansion = 3,
}

/// <summary>A recipient of data. A due date of null is overdue; other nulls are as in <see cref="MemberFacts"/>.</summary>
public sealed record Vendor
{
    public required string Id { get; init; }

    public string Name { get; init; } = "";

    public VendorRelations Relations { get; init; }

    public VendorStatus Status { get; init; }

    public Contract[] Contracts { get; init; } = [];

    public Instant? SupervisionDue { get; init; }

    public Delegation[] Delegations { get; init; } = [];

    /// <summary>Two letters; null counts as abroad.</summary>
    public string? Country { get; init; }

    public ForeignBasis ForeignBasis { get; init; }

    public Instant? EquivalenceDue { get; init; }

    public bool RedelegationAllowed { get; init; }

    /// <summary>Not empty for a sub-contractor.</summary>
    public Redelegation[] Redelegations { get; init; } = [];
}

/// <summary>A contract with a vendor; both ends inclusive.</summary>
public sealed record Contract(Instant? From, Instant? To, bool PrivacyClause);

/// <summary>A part of the work that a vendor does for Belong, and the items it needs.</summary>
public sealed record Delegation(string Task, PurposeSet Purposes, ItemSet Items);

/// <summary>The approval of a sub-contractor; both ends inclusive.</summary>
public sealed record Redelegation(string ParentId, string? ApprovalRef, Instant? ApprovedFrom, Instant? ApprovedTo);

/// <summary>A version of the privacy policy.</summary>
public sealed record PolicyVersion(
    string Id,
    Instant? EffectiveAt,
    Instant? NotifiedAt,
    PolicyChange Change,
    PurposeSet Purposes,
    bool AdMailRequiresOptIn);

/// <summary>The company's judgement under §3-8; both ends inclusive.</summary>
public sealed record Determination(string Ref, bool Indispensable, bool Beneficial, Instant? From, Instant? To, string By);

/// <summary>All that is known besides members: vendors, policy versions and determinations. Immutable, swapped whole.</summary>
public sealed class Register
{
    public static readonly Register Empty = new(0, [], [], []);

    private readonly FrozenDictionary<string, Vendor> _vendors;
    private readonly FrozenDictionary<string, Determination> _determinations;

    /// <param name="version">Grows with each write.</param>
    /// <param name="policyVersions">In the order of recording: of equal starts the later is newer.</param>
    public Register(long version, IReadOnlyCollection<Vendor> vendors, IReadOnlyCollection<PolicyVersion> policyVersions, IReadOnlyCollection<Determination> determinations)
    {
        Version = version;
        _vendors = vendors.ToFrozenDictionary(vendor => vendor.Id, StringComparer.Ordinal);
        _determinations = determinations.ToFrozenDictionary(determination => determination.Ref, StringComparer.Ordinal);
        // OrderBy is stable, which keeps the order of recording among equals. What never takes effect is left out.
        PolicyVersions = [.. policyVersions.Where(policy => policy.EffectiveAt is not null).OrderBy(policy => policy.EffectiveAt!.Value)];
    }

    public long Version { get; }

    /// <summary>Those with a start, the newest last.</summary>
    public PolicyVersion[] PolicyVersions { get; }

    public int VendorCount => _vendors.Count;

    public IReadOnlyList<Vendor> Vendors => _vendors.Values;

    public Vendor? FindVendor(string id) => _vendors.GetValueOrDefault(id);

    public Determination? FindDetermination(string reference) => _determinations.GetValueOrDefault(reference);
}
