using System.Text.Json.Serialization;
using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Database;

/// <summary>The facts of members. A field that is not known may be a restriction, and a write would lose it.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    Converters =
    [
        typeof(InstantConverter),
        typeof(PurposeSetConverter),
        typeof(ChannelSetConverter),
        typeof(ItemSetConverter),
        typeof(NameConverter<MemberStatus>),
        typeof(NameConverter<ConsentMethod>),
        typeof(NameConverter<ObligationKind>),
        typeof(NameConverter<VendorRelations>),
        typeof(NameConverter<VendorStatus>),
        typeof(NameConverter<ForeignBasis>),
        typeof(NameConverter<PolicyChange>),
    ])]
[JsonSerializable(typeof(MemberDocument))]
internal sealed partial class MemberJsonContext : JsonSerializerContext;

/// <summary>The entries of the register: one that a later version wrote must not make all of it unreadable.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
    Converters =
    [
        typeof(InstantConverter),
        typeof(PurposeSetConverter),
        typeof(ChannelSetConverter),
        typeof(ItemSetConverter),
        typeof(NameConverter<MemberStatus>),
        typeof(NameConverter<ConsentMethod>),
        typeof(NameConverter<ObligationKind>),
        typeof(NameConverter<VendorRelations>),
        typeof(NameConverter<VendorStatus>),
        typeof(NameConverter<ForeignBasis>),
        typeof(NameConverter<PolicyChange>),
    ])]
[JsonSerializable(typeof(Vendor))]
[JsonSerializable(typeof(PolicyVersion))]
[JsonSerializable(typeof(Determination))]
internal sealed partial class FactsJsonContext : JsonSerializerContext;

/// <summary>The facts of a member as stored: what is empty is left out, the version stands in its own column.</summary>
internal sealed class MemberDocument
{
    public bool IsTombstone { get; set; }

    public string? AcquiredPolicyVersion { get; set; }

    public StatusFact[]? Statuses { get; set; }

    public UseStop[]? UseStops { get; set; }

    public ProvisionStop[]? ProvisionStops { get; set; }

    public DmOptOut[]? DmOptOuts { get; set; }

    public ItemStop[]? ItemStops { get; set; }

    public Instant[]? SurveyOptIns { get; set; }

    public AdMailOptIn[]? AdMailOptIns { get; set; }

    public ConsentFact[]? Consents { get; set; }

    public ObligationFact[]? Obligations { get; set; }

    public PolicyAcceptance[]? PolicyAcceptances { get; set; }

    public Instant[]? ServiceUses { get; set; }
}
