namespace Belong.ConsentService.Rules;

/// <summary>Rules 95, 97 and 100 to 107: provision to a third party on consent (§4).</summary>
internal static class ThirdPartyRules
{
    public static void Judge(ref Evaluation evaluation)
    {
        if (evaluation.Request.Items.Contains(Item.CookieId))
        {
            evaluation.Deny(Reason.CookieLinkedToMember);
        }

        if (FindDecidingConsent(ref evaluation) is not { } consent)
        {
            return;
        }

        JudgeConsent(ref evaluation, consent);
        JudgeItems(ref evaluation, consent);
        if (ForeignRules.BasisOf(ref evaluation, evaluation.Vendor!) == TransferBasis.None && !consent.ForeignInfoGiven)
        {
            evaluation.Deny(Reason.ForeignTransferNotCovered);
        }

        evaluation.Oblige(Obligation.SendOnlyPermittedItems);
        evaluation.Oblige(Obligation.RecordProvision);
    }

    /// <summary>The latest consent to the recipient that was granted by now; else rule 100 or 103.</summary>
    private static ConsentFact? FindDecidingConsent(ref Evaluation evaluation)
    {
        ConsentFact? latest = null;
        var isAnyOnRecord = false;
        foreach (var consent in evaluation.Member.Consents)
        {
            if (consent.RecipientId != evaluation.Request.RecipientId)
            {
                continue;
            }

            isAnyOnRecord = true;
            if (evaluation.HasBegun(consent.GrantedAt) && (latest is null || consent.GrantedAt > latest.GrantedAt))
            {
                latest = consent;
            }
        }

        if (latest is null)
        {
            evaluation.Deny(isAnyOnRecord ? Reason.ConsentNotPrior : Reason.NoThirdPartyConsent);
        }

        return latest;
    }

    private static void JudgeConsent(ref Evaluation evaluation, ConsentFact consent)
    {
        if (evaluation.HasEnded(consent.WithdrawnAt))
        {
            evaluation.Deny(Reason.ThirdPartyConsentWithdrawn);
        }

        if (evaluation.HasEnded(consent.ExpiresAt))
        {
            evaluation.Deny(Reason.ThirdPartyConsentExpired);
        }

        if (consent.Method != ConsentMethod.Explicit)
        {
            evaluation.Deny(Reason.ConsentNotExplicit);
        }

        if (evaluation.Request.RecipientPurpose == "MARKETING" && IsSupersededByOptOut(ref evaluation, consent))
        {
            evaluation.Deny(Reason.ConsentSupersededByOptOut);
        }
    }

    private static bool IsSupersededByOptOut(ref Evaluation evaluation, ConsentFact consent)
    {
        var found = false;
        foreach (var optOut in evaluation.Member.DmOptOuts)
        {
            // An opt-out of unknown time may be the later one.
            found |= evaluation.Bites(optOut.At, optOut.LiftedAt) && (optOut.At is null || optOut.At >= consent.GrantedAt);
        }

        return found;
    }

    /// <summary>Rules 105 and 97.</summary>
    private static void JudgeItems(ref Evaluation evaluation, ConsentFact consent)
    {
        var asked = evaluation.Request.Items;
        var inside = asked.Intersect(consent.Items);
        var stopped = inside.Intersect(ItemRules.StoppedItems(ref evaluation));
        evaluation.Permitted = inside.Except(stopped);
        evaluation.Outside = asked.Except(consent.Items);
        evaluation.OutsideReason = Reason.ConsentScopeMismatch;
        evaluation.Stopped = stopped;
        if (inside.IsEmpty || !consent.RecipientPurposes.AsSpan().Contains(evaluation.Request.RecipientPurpose!))
        {
            evaluation.Deny(Reason.ConsentScopeMismatch);
        }
        else if (evaluation.Permitted.IsEmpty)
        {
            evaluation.Deny(Reason.ItemStopped);
        }
    }
}
