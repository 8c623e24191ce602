using Belong.ConsentService.Rules;
using V1 = Belong.Consent.V1;

namespace Belong.ConsentService.Registry;

/// <summary>Opt-ins to surveys and to advertising mail.</summary>
internal static class OptInChanges
{
    public static MemberFacts OptInToSurveys(MemberFacts facts, V1.SurveyOptIn change, in ChangeContext context) =>
        facts with
        {
            SurveyOptIns = Records.Add(facts.SurveyOptIns, context.StartOf(change.Start)!.Value, Records.MaxEnded, "opt-ins to surveys", context),
        };

    public static MemberFacts OptInToAdMail(MemberFacts facts, V1.AdMailOptIn change, in ChangeContext context)
    {
        var id = context.RecordIdOf(change.RecordId);
        if (Array.Exists(facts.AdMailOptIns, optIn => optIn.RecordId == id))
        {
            throw context.Taken("ad_mail_opt_in.record_id", Require.Show(id), "the member has a record of this id");
        }

        var evidence = change.EvidenceRef.Length > 0 ? change.EvidenceRef : null;
        var optIn = new AdMailOptIn(id, Sets.ToSet(change.Channels), context.StartOf(change.Start), evidence, null);
        return facts with { AdMailOptIns = Records.Add(facts.AdMailOptIns, optIn, static optIn => optIn.RevokedAt, "opt-ins to advertising mail", context) };
    }

    /// <summary>An earlier revocation wins over one dated later.</summary>
    public static MemberFacts RevokeAdMail(MemberFacts facts, V1.AdMailOptInRevocation change, in ChangeContext context)
    {
        const string Name = "ad_mail_opt_in_revocation.record_id";
        var at = context.EndOf(change.Start);
        if (change.RecordId.Length > 0)
        {
            var optIn = Array.Find(facts.AdMailOptIns, optIn => optIn.RecordId == change.RecordId)
                ?? throw context.NotFound(Name, Require.Show(change.RecordId), "the member has no such record");
            if (optIn.RevokedAt <= at)
            {
                throw context.NotNow(Name, Require.Show(change.RecordId), $"the opt-in was revoked at {optIn.RevokedAt} already");
            }
        }

        var optIns = Records.Replace(facts.AdMailOptIns, optIn =>
            !(optIn.RevokedAt <= at) && (change.RecordId.Length == 0 || optIn.RecordId == change.RecordId) ? optIn with { RevokedAt = at } : null);
        return facts with { AdMailOptIns = optIns ?? throw context.NotFound(Name, "\"\"", "the member has no opt-in that is not revoked") };
    }
}
