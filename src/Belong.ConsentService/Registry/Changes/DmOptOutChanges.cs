using Belong.ConsentService.Rules;
using V1 = Belong.Consent.V1;

namespace Belong.ConsentService.Registry;

/// <summary>§9 ※: no direct mail.</summary>
internal static class DmOptOutChanges
{
    private static readonly Restriction<DmOptOut> Kind = new(
        static record => record.RecordId, static record => record.At, static record => record.LiftedAt,
        static (record, at) => record with { LiftedAt = at });

    public static MemberFacts OptOut(MemberFacts facts, V1.DmOptOut change, in ChangeContext context)
    {
        var id = Kind.NewId(facts.DmOptOuts, change.RecordId, "dm_opt_out", context);
        var channels = change.AllChannels ? ChannelSet.All : Sets.ToSet(change.Channels);
        var optOut = new DmOptOut(id, channels, context.ReceiptOf(change.Start), null)
        {
            ReceivedVia = change.ReceivedVia.Length > 0 ? change.ReceivedVia : null,
            IdentityVerified = change.IdentityVerified,
        };
        return facts with { DmOptOuts = Records.Add(facts.DmOptOuts, optOut, Kind.LiftOf, "opt-outs", context) };
    }

    public static MemberFacts Lift(MemberFacts facts, V1.Lift change, in ChangeContext context) =>
        facts with { DmOptOuts = Lifts.Lift(facts.DmOptOuts, change, Kind, "dm_opt_out_lift", context) };
}
