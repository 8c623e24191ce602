using Belong.ConsentService.Rules;
using V1 = Belong.Consent.V1;

namespace Belong.ConsentService.Registry;

/// <summary>§9: stops of provision to third parties.</summary>
internal static class ProvisionStopChanges
{
    private static readonly Restriction<ProvisionStop> Kind = new(
        static record => record.RecordId, static record => record.At, static record => record.LiftedAt,
        static (record, at) => record with { LiftedAt = at });

    public static MemberFacts Stop(MemberFacts facts, V1.ProvisionStop change, in ChangeContext context)
    {
        var id = Kind.NewId(facts.ProvisionStops, change.RecordId, "provision_stop", context);
        var stop = new ProvisionStop(id, change.AllVendors, Sets.ToIds(change.VendorIds), context.ReceiptOf(change.Start), null);
        return facts with { ProvisionStops = Records.Add(facts.ProvisionStops, stop, Kind.LiftOf, "stops of provision", context) };
    }

    public static MemberFacts Lift(MemberFacts facts, V1.Lift change, in ChangeContext context) =>
        facts with { ProvisionStops = Lifts.Lift(facts.ProvisionStops, change, Kind, "provision_stop_lift", context) };
}
