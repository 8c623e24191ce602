using System.Text.Json;
using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Testing.Cases;

/// <summary>Reads the facts of a member. Stops, opt-outs and opt-ins may be one, none or a list.</summary>
internal static class MemberReader
{
    public static MemberFacts Read(JsonElement member) => new()
    {
        Version = 1,
        AcquiredPolicyVersion = member.Text("acquired_policy_version"),
        Statuses = Statuses(member),
        UseStops = [.. member.Each("use_stop").Select(UseStop)],
        ProvisionStops = [.. member.Each("provision_stop").Select(ProvisionStop)],
        DmOptOuts = [.. member.Each("dm_opt_out").Select(DmOptOut)],
        ItemStops = ItemStops(member),
        SurveyOptIns = Times(member, "survey_opt_in_at"),
        AdMailOptIns = [.. member.Each("ad_mail_opt_in").Select(AdMailOptIn)],
        Consents = [.. member.Each("consents").Select(Consent)],
        // One of no known kind fits no purpose.
        Obligations = [.. member.Each("obligations").Select(Obligation).Where(obligation => obligation.Kind != default)],
        PolicyAcceptances = [.. member.Each("explicitly_accepted").Select(id => new PolicyAcceptance(id.GetString()!, Instant.Earliest))],
        ServiceUses = Times(member, "last_service_use_at"),
    };

    private static StatusFact[] Statuses(JsonElement member)
    {
        var status = member.Value("status", SpecNames.MemberStatuses, MemberStatus.Active);
        return status == MemberStatus.Active ? [] : [new StatusFact(status, member.Time("status_at"))];
    }

    private static UseStop UseStop(JsonElement stop) => new(
        stop.Text("record_id"),
        IsFull: stop.Text("scope") != "PURPOSES",
        stop.Purposes("purposes"),
        stop.Time("at"),
        VerifiedAt: stop.Flag("verified") ? Instant.Earliest : null,
        stop.Time("lifted_at"));

    private static ProvisionStop ProvisionStop(JsonElement stop) => new(
        stop.Text("record_id"),
        IsAll: stop.Text("scope") != "VENDORS",
        [.. stop.Each("vendors").Select(vendor => vendor.GetString()!)],
        stop.Time("at"),
        stop.Time("lifted_at"));

    private static DmOptOut DmOptOut(JsonElement optOut) => new(
        optOut.Text("record_id"),
        optOut.Text("scope") == "CHANNELS" ? optOut.Channels("channels") : ChannelSet.All,
        optOut.Time("at"),
        optOut.Time("lifted_at"));

    private static ItemStop[] ItemStops(JsonElement member)
    {
        var items = member.Items("item_stops");
        return items.IsEmpty ? [] : [new ItemStop(items, null, null)];
    }

    private static AdMailOptIn AdMailOptIn(JsonElement optIn) => new(
        optIn.Text("record_id"),
        optIn.Channels("channels"),
        optIn.Time("at"),
        optIn.Text("evidence_ref"),
        optIn.Time("revoked_at"));

    private static ConsentFact Consent(JsonElement consent) => new(
        consent.Text("recipient_id") ?? "",
        [.. consent.Each("recipient_purposes").Select(purpose => purpose.GetString()!)],
        consent.Items("items"),
        consent.Text("method") == "EXPLICIT" ? ConsentMethod.Explicit : ConsentMethod.Deemed,
        consent.Time("granted_at"),
        consent.Time("expires_at"),
        consent.Time("withdrawn_at"),
        consent.Flag("foreign_info_given"));

    private static ObligationFact Obligation(JsonElement obligation) => new(
        obligation.Text("ref") ?? "",
        obligation.Known("kind", SpecNames.ObligationKinds),
        Instant.Earliest,
        ClosedAt: obligation.Text("state") == "OPEN" ? null : Instant.Earliest);

    private static Instant[] Times(JsonElement member, string name) =>
    [
        .. member.Each(name)
            .Select(time => JsonFields.TryParseInstant(time.GetString()!, out var instant)
                ? instant
                : throw new InvalidDataException($"{name} is {time}, not an instant"))
            .Order(),
    ];
}
