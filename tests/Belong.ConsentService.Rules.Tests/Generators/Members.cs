using CsCheck;
using static Belong.ConsentService.Rules.Tests.Generators.Basics;

namespace Belong.ConsentService.Rules.Tests.Generators;

internal static class Members
{
    public const string Id = "M1";

    public static readonly Gen<UseStop> UseStop =
        Gen.Select(Gen.Bool, SomePurposes, AnyTime, Start, End, (isFull, purposes, at, verified, lifted) =>
            new UseStop(null, isFull, purposes, at, verified, lifted));

    public static readonly Gen<ProvisionStop> ProvisionStop =
        Gen.Select(Gen.Bool, OneOf(Vendors.Ids).Array[0, 2], AnyTime, End, (isAll, vendors, at, lifted) =>
            new ProvisionStop(null, isAll, vendors, at, lifted));

    public static readonly Gen<DmOptOut> DmOptOut =
        Gen.Select(SomeChannels, AnyTime, End, (channels, at, lifted) => new DmOptOut(null, channels, at, lifted));

    public static readonly Gen<ItemStop> ItemStop =
        Gen.Select(SomeItems, AnyTime, End, (items, at, lifted) => new ItemStop(items, at, lifted));

    public static readonly Gen<StatusFact> Status =
        Gen.Select(Gen.Frequency((1, Gen.Const(MemberStatus.Active)), (6, Gen.Int[2, 4].Select(number => (MemberStatus)number)), (1, Gen.Const(MemberStatus.Erased))),
            AnyTime, (status, at) => new StatusFact(status, at));

    private static readonly Gen<AdMailOptIn> AdMailOptIn =
        Gen.Select(SomeChannels, Start, Optional("EV-1"), End, (channels, at, evidence, revoked) =>
            new AdMailOptIn(null, channels, at, evidence, revoked));

    private static readonly Gen<ConsentFact> Consent =
        Gen.Select(OneOf(Vendors.Ids), OneOf("MARKETING", "SERVICE_LINK").Array[0, 3], ManyItems,
            Gen.Frequency((5, Gen.Const(ConsentMethod.Explicit)), (1, Gen.Const(ConsentMethod.Deemed))), Start, End, End, Gen.Bool,
            (recipient, purposes, items, method, granted, expires, withdrawn, informed) =>
                new ConsentFact(recipient, purposes, items, method, granted, expires, withdrawn, informed));

    private static readonly Gen<ObligationFact> Obligation =
        Gen.Select(OneOf("O-1", "O-1", "O-2"), Gen.Int[1, 8], Start, End, (reference, kind, opened, closed) =>
            new ObligationFact(reference, (ObligationKind)kind, opened, closed));

    private static readonly Gen<PolicyAcceptance> Acceptance =
        Gen.Select(OneOf("v1", "v2", "v3", "v4"), Start, (version, at) => new PolicyAcceptance(version, at));

    public static readonly Gen<MemberFacts> Member = Gen.Select(
        Gen.Select(Few(Status), Few(UseStop), Few(ProvisionStop), Few(DmOptOut), Few(ItemStop), Few(AnyInstant)),
        Gen.Select(Few(AdMailOptIn), Consent.Array[0, 4], Obligation.Array[0, 3], Acceptance.Array[0, 2], AnyInstant.Array[0, 2]),
        Gen.Frequency((9, Gen.Const((string?)"v1")), (1, OneOf("v2", "v3", "v9", null))),
        Gen.Frequency((40, Gen.Const(false)), (1, Gen.Const(true))),
        (stops, permissions, acquired, isTombstone) => new MemberFacts
        {
            Version = 7,
            IsTombstone = isTombstone,
            AcquiredPolicyVersion = acquired,
            Statuses = InOrder(stops.Item1),
            UseStops = stops.Item2,
            ProvisionStops = stops.Item3,
            DmOptOuts = stops.Item4,
            ItemStops = stops.Item5,
            SurveyOptIns = [.. stops.Item6.Order()],
            AdMailOptIns = permissions.Item1,
            Consents = [.. permissions.Item2.DistinctBy(consent => (consent.RecipientId, consent.GrantedAt))],
            Obligations = permissions.Item3,
            PolicyAcceptances = permissions.Item4,
            ServiceUses = [.. permissions.Item5.Order()],
        });

    public static StatusFact[] InOrder(IEnumerable<StatusFact> statuses) =>
        [.. statuses.OrderBy(status => status.At?.UnixNanoseconds ?? long.MinValue)];
}
