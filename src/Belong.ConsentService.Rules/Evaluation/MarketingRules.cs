namespace Belong.ConsentService.Rules;

/// <summary>Rules 70 to 75: direct mail, surveys and advertising mail.</summary>
internal static class MarketingRules
{
    public static ReasonSet Judge(ref Evaluation evaluation, Purpose purpose)
    {
        if (!PurposeSet.Outreach.Contains(purpose))
        {
            return default;
        }

        evaluation.Oblige(Obligation.RecheckAtSend);
        return JudgeOptOuts(ref evaluation, purpose).Union(JudgeAdvertisingMail(ref evaluation, purpose));
    }

    private static ReasonSet JudgeOptOuts(ref Evaluation evaluation, Purpose purpose)
    {
        ReasonSet denials = default;
        foreach (var optOut in evaluation.Member.DmOptOuts)
        {
            if (!optOut.Channels.Contains(evaluation.Request.Channel) || !evaluation.Bites(optOut.At, optOut.LiftedAt))
            {
                continue;
            }

            if (purpose != Purpose.Survey)
            {
                denials = denials.With(Reason.DmOptedOut);
            }
            else if (!OptedInToSurveysAfter(ref evaluation, optOut.At))
            {
                denials = denials.With(Reason.DmOptedOutSurvey);
            }
        }

        return denials;
    }

    private static bool OptedInToSurveysAfter(ref Evaluation evaluation, Instant? optOutAt)
    {
        var found = false;
        foreach (var optIn in evaluation.Member.SurveyOptIns)
        {
            // An opt-out of unknown time may be the later one.
            found |= evaluation.HasBegun(optIn) && optOutAt is { } at && optIn > at;
        }

        return found;
    }

    private static ReasonSet JudgeAdvertisingMail(ref Evaluation evaluation, Purpose purpose)
    {
        var request = evaluation.Request;
        var isAdvertisingMail = request.Channel is Channel.Email or Channel.Sms
            && (purpose != Purpose.Survey || request.PromotionalContent);
        if (!isAdvertisingMail)
        {
            return default;
        }

        evaluation.Oblige(Obligation.ShowSenderAndOptOutRoute);
        if (!evaluation.Policy.AdMailRequiresOptIn)
        {
            return default;
        }

        if (!HasOptIn(ref evaluation))
        {
            return ReasonSet.Of(Reason.AdMailNoOptIn);
        }

        evaluation.Oblige(Obligation.KeepAdOptInEvidence);
        return default;
    }

    private static bool HasOptIn(ref Evaluation evaluation)
    {
        var found = false;
        foreach (var optIn in evaluation.Member.AdMailOptIns)
        {
            found |= optIn.Channels.Contains(evaluation.Request.Channel)
                && !string.IsNullOrWhiteSpace(optIn.EvidenceRef)
                && evaluation.HasBegun(optIn.At)
                && !evaluation.HasEnded(optIn.RevokedAt);
        }

        return found;
    }
}
