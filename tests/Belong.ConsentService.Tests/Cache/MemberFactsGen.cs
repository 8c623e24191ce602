using Belong.ConsentService.Rules;
using CsCheck;

namespace Belong.ConsentService.Tests.Cache;

/// <summary>Members with everything that a cached value carries.</summary>
internal static class MemberFactsGen
{
    private static readonly Gen<Instant> GenInstant = Gen.OneOf(
        Gen.Long[-2_208_988_800, 7_258_118_399].Select(seconds => Instant.FromUnix(seconds, 0)),
        Gen.Select(Gen.Long[-2_208_988_800, 7_258_118_399], Gen.Int[0, 999_999_999]).Select(Instant.FromUnix));

    private static readonly Gen<Instant?> GenOptional = Gen.Frequency((1, Gen.Const((Instant?)null)), (4, GenInstant.Select(instant => (Instant?)instant)));

    private static readonly Gen<string> GenId = Gen.Frequency(
        (9, Gen.String[Gen.Char[' ', '~'], 1, 64]),
        (1, Gen.String[Gen.Char['\u3041', '\u3096'], 0, 10]));

    private static readonly Gen<ItemSet> GenItems = Gen.UShort.Select(bits => new ItemSet(bits));
    private static readonly Gen<ChannelSet> GenChannels = Gen.Byte.Select(bits => new ChannelSet(bits));

    private static readonly Gen<ConsentFact> GenConsent = Gen.Select(
        Gen.Select(GenId, GenId.Array[0, 3], GenItems, Gen.Enum<ConsentMethod>()), Gen.Select(GenOptional, GenOptional, GenOptional), Gen.Bool)
        .Select((what, when, foreign) => new ConsentFact(what.Item1, what.Item2, what.Item3, what.Item4, when.Item1, when.Item2, when.Item3, foreign));

    private static readonly Gen<DmOptOut> GenOptOut = Gen.Select(GenChannels, GenOptional, GenOptional)
        .Select((channels, at, lifted) => new DmOptOut(null, channels, at, lifted));

    private static readonly Gen<AdMailOptIn> GenOptIn = Gen.Select(GenChannels, GenOptional, GenId.Null(), GenOptional)
        .Select((channels, at, evidence, revoked) => new AdMailOptIn(null, channels, at, evidence, revoked));

    private static readonly Gen<ObligationFact> GenObligation = Gen.Select(GenId, Gen.Enum<ObligationKind>(), GenOptional, GenOptional)
        .Select((reference, kind, opened, closed) => new ObligationFact(reference, kind, opened, closed));

    private static readonly Gen<UseStop> GenUseStop = Gen.Select(Gen.Bool, Gen.Byte, GenOptional, GenOptional, GenOptional)
        .Select((full, purposes, at, verified, lifted) => new UseStop(null, full, new PurposeSet(purposes), at, verified, lifted));

    private static readonly Gen<ProvisionStop> GenProvisionStop = Gen.Select(Gen.Bool, GenId.Array[0, 3], GenOptional, GenOptional)
        .Select((all, vendors, at, lifted) => new ProvisionStop(null, all, vendors, at, lifted));

    private static readonly Gen<ItemStop> GenItemStop = Gen.Select(GenItems, GenOptional, GenOptional)
        .Select((items, at, lifted) => new ItemStop(items, at, lifted));

    public static readonly Gen<MemberFacts> Facts =
        from version in Gen.Frequency((3, Gen.Long[1, 300]), (1, Gen.Long[1, long.MaxValue]))
        from tombstone in Gen.Frequency((9, Gen.Const(false)), (1, Gen.Const(true)))
        from acquired in GenId.Null()
        from uses in Several(GenInstant)
        from consents in Several(GenConsent)
        from optOuts in Several(GenOptOut)
        from optIns in Several(GenOptIn)
        from obligations in Several(GenObligation)
        from statuses in Several(Gen.Select(Gen.Enum<MemberStatus>(), GenOptional).Select((status, at) => new StatusFact(status, at)))
        from useStops in Several(GenUseStop)
        from provisionStops in Several(GenProvisionStop)
        from itemStops in Several(GenItemStop)
        from surveys in Several(GenInstant)
        from acceptances in Several(Gen.Select(GenId, GenOptional).Select((policy, at) => new PolicyAcceptance(policy, at)))
        select new MemberFacts
        {
            Version = version,
            IsTombstone = tombstone,
            AcquiredPolicyVersion = acquired,
            ServiceUses = uses,
            Consents = consents,
            DmOptOuts = optOuts,
            AdMailOptIns = optIns,
            Obligations = obligations,
            Statuses = statuses,
            UseStops = useStops,
            ProvisionStops = provisionStops,
            ItemStops = itemStops,
            SurveyOptIns = surveys,
            PolicyAcceptances = acceptances,
        };

    private static Gen<T[]> Several<T>(Gen<T> one) => Gen.Frequency((2, Gen.Const(Array.Empty<T>())), (1, one.Array[1, 3]));
}
