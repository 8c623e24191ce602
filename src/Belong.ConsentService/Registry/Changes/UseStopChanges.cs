using Belong.ConsentService.Rules;
using V1 = Belong.Consent.V1;

namespace Belong.ConsentService.Registry;

/// <summary>§9: stops of use.</summary>
internal static class UseStopChanges
{
    private static readonly Restriction<UseStop> Kind = new(
        static record => record.RecordId, static record => record.At, static record => record.LiftedAt,
        static (record, at) => record with { LiftedAt = at });

    public static MemberFacts Stop(MemberFacts facts, V1.UseStop change, in ChangeContext context)
    {
        var id = Kind.NewId(facts.UseStops, change.RecordId, "use_stop", context);
        var at = context.ReceiptOf(change.Start);
        // No time of verification means that it was not verified.
        Instant? verifiedAt = change.Verified ? at ?? Instant.Earliest : null;
        var stop = new UseStop(id, change.Full, Sets.ToSet(change.Purposes), at, verifiedAt, null);
        return facts with { UseStops = Records.Add(facts.UseStops, stop, Kind.LiftOf, "stops of use", context) };
    }

    public static MemberFacts Verify(MemberFacts facts, V1.UseStopVerification change, in ChangeContext context)
    {
        const string Name = "use_stop_verification.record_id";
        var at = context.StartOf(change.Start)!.Value;
        if (change.RecordId.Length > 0)
        {
            var stop = Array.Find(facts.UseStops, stop => stop.RecordId == change.RecordId)
                ?? throw context.NotFound(Name, Require.Show(change.RecordId), "the member has no such record");
            if (!IsVerifiable(stop, at))
            {
                throw context.NotNow(Name, Require.Show(change.RecordId), "the stop is verified or lifted already");
            }
        }

        var stops = Records.Replace(facts.UseStops, stop =>
            IsVerifiable(stop, at) && (change.RecordId.Length == 0 || stop.RecordId == change.RecordId) ? stop with { VerifiedAt = at } : null);
        return facts with { UseStops = stops ?? throw context.NotFound(Name, "\"\"", "the member has no stop of use that is not verified") };
    }

    public static MemberFacts Lift(MemberFacts facts, V1.Lift change, in ChangeContext context) =>
        facts with { UseStops = Lifts.Lift(facts.UseStops, change, Kind, "use_stop_lift", context) };

    private static bool IsVerifiable(UseStop stop, Instant at) =>
        stop.LiftedAt is null && (stop.VerifiedAt is null || stop.VerifiedAt > at);
}
