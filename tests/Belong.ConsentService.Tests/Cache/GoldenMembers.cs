using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Tests.Cache;

/// <summary>Members whose bytes are pinned: between them they use every field.</summary>
internal static class GoldenMembers
{
    private static readonly Instant Early = Instant.Parse("1999-12-31T23:59:59Z");
    private static readonly Instant First = Instant.Parse("2026-04-01T00:00:00Z");
    private static readonly Instant Later = Instant.Parse("2026-10-01T09:30:00.000000001Z");

    public static IReadOnlyDictionary<string, MemberFacts?> All { get; } = new Dictionary<string, MemberFacts?>
    {
        ["none"] = null,
        ["bare"] = new() { Version = 1 },
        ["plain"] = new() { Version = 1, AcquiredPolicyVersion = "v1", ServiceUses = [First] },
        ["tombstone"] = new() { Version = 300, IsTombstone = true, Statuses = [new(MemberStatus.Erased, First)] },
        ["leaving"] = new()
        {
            Version = 2,
            Statuses = [new(MemberStatus.Active, null), new(MemberStatus.WithdrawalPending, Early), new(MemberStatus.Withdrawn, Later)],
            Obligations = [new("ob-1", ObligationKind.Delivery, First, null), new("ob-2", ObligationKind.RightsRequest, null, Later)],
        },
        ["stopped"] = new()
        {
            Version = 127,
            UseStops = [new(null, true, default, First, null, null), new(null, false, new PurposeSet(0x84), First, Later, Later)],
            ProvisionStops = [new(null, true, [], null, null), new(null, false, ["carrier", "bank"], First, Later)],
            ItemStops = [new(new ItemSet(0x2001), First, null)],
            DmOptOuts = [new(null, ChannelSet.All, First, null), new(null, new ChannelSet(2), null, Later)],
        },
        ["consenting"] = new()
        {
            Version = 128,
            AcquiredPolicyVersion = "",
            SurveyOptIns = [First, Later],
            AdMailOptIns = [new(null, new ChannelSet(6), First, "form-17", null), new(null, new ChannelSet(2), null, null, Later)],
            Consents =
            [
                new("partner", ["SERVICE_LINK", "MARKETING"], new ItemSet(0x0021), ConsentMethod.Explicit, First, Later, null, true),
                new("bank", [], default, ConsentMethod.Deemed, null, null, Later, false),
            ],
            PolicyAcceptances = [new("v2", First), new("v3", null)],
            ServiceUses = [First, Later],
        },
    };
}
