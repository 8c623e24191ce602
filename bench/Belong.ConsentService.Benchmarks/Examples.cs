using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Benchmarks;

/// <summary>Members, register and requests that are measured.</summary>
internal static class Examples
{
    public const string MemberId = "M0000001";

    private const int VendorCount = 50;

    public static readonly Instant Now = Instant.Parse("2026-11-01T00:00:00Z");
    private static readonly Instant Before = Instant.Parse("2025-04-01T00:00:00Z");
    private static readonly Instant Long = Instant.Parse("2099-12-31T00:00:00Z");

    private static readonly ItemSet Mail = ItemSet.Of(Item.Name, Item.Email);
    private static readonly ItemSet Post = ItemSet.Of(Item.Name, Item.Address);

    /// <summary>Nothing special: what most members are.</summary>
    public static readonly MemberFacts Plain = new() { Version = 1, AcquiredPolicyVersion = "v1", ServiceUses = [Before] };

    /// <summary>One opt-out and one consent.</summary>
    public static readonly MemberFacts Typical = Plain with
    {
        DmOptOuts = [new DmOptOut(null, new ChannelSet().With(Channel.Email), Before, null)],
        Consents = [Consent("V-PARTNER", Before)],
    };

    /// <summary>Years of changes.</summary>
    public static readonly MemberFacts Heavy = Typical with
    {
        DmOptOuts = [.. Enumerable.Range(0, 10).Select(i => new DmOptOut(null, new ChannelSet().With(Channel.Email), Before.Plus(TimeSpan.FromDays(i)), Before.Plus(TimeSpan.FromDays(i + 1))))],
        Consents = [.. Enumerable.Range(0, 20).Select(i => Consent($"V-{i:D2}", Before.Plus(TimeSpan.FromDays(i))))],
        Obligations = [.. Enumerable.Range(0, 10).Select(i => new ObligationFact($"ORD-{i:D6}", ObligationKind.Delivery, Before, Now))],
        ItemStops = [new ItemStop(ItemSet.Of(Item.Phone), Before, null)],
        Statuses = [new StatusFact(MemberStatus.Active, Before)],
    };

    public static readonly Register Register = new(
        1,
        [.. Enumerable.Range(0, VendorCount).Select(i => Contractor($"V-{i:D2}")), Contractor("V-PARTNER") with { Relations = VendorRelations.ThirdParty }],
        [new PolicyVersion("v1", Before, Before, PolicyChange.Initial, new PurposeSet(byte.MaxValue), false)],
        []);

    public static readonly CheckRequest DirectMail = new()
    {
        Kind = Kind.Use,
        MemberId = MemberId,
        Purposes = PurposeSet.Of(Purpose.DirectMarketing),
        Channel = Channel.Postal,
    };

    public static readonly CheckRequest ToContractor = new()
    {
        Kind = Kind.Contractor,
        MemberId = MemberId,
        Purposes = PurposeSet.Of(Purpose.DirectMarketing),
        Channel = Channel.Postal,
        RecipientId = "V-25",
        Items = Post,
    };

    public static readonly CheckRequest ToThirdParty = new()
    {
        Kind = Kind.ThirdParty,
        MemberId = MemberId,
        RecipientId = "V-PARTNER",
        RecipientPurpose = "SERVICE_LINK",
        Items = Mail,
    };

    private static ConsentFact Consent(string recipient, Instant granted) =>
        new(recipient, ["SERVICE_LINK"], Mail, ConsentMethod.Explicit, granted, Long, null, false);

    private static Vendor Contractor(string id) => new()
    {
        Id = id,
        Relations = VendorRelations.Contractor,
        Status = VendorStatus.Active,
        Country = "JP",
        SupervisionDue = Long,
        Contracts = [new Contract(Before, Long, true)],
        Delegations = [new Delegation("mail", PurposeSet.Of(Purpose.DirectMarketing), Post)],
    };
}
