namespace Belong.ConsentService.Rules;

/// <summary>Rules 50 to 84: the member's side, for each effective purpose or once for a third party.</summary>
internal static class PurposeRules
{
    public static void JudgeAll(ref Evaluation evaluation)
    {
        var openKinds = ObligationRules.OpenKinds(ref evaluation);
        foreach (var purpose in evaluation.Effective)
        {
            var denials = JudgeLeaving(ref evaluation, purpose, openKinds)
                .Union(JudgeUseStops(ref evaluation, purpose, openKinds))
                .Union(MarketingRules.Judge(ref evaluation, purpose))
                .Union(PolicyRules.Judge(ref evaluation, purpose))
                .Union(JudgeReferences(ref evaluation, purpose, openKinds));
            evaluation.Judged(purpose, denials);
        }
    }

    public static void JudgeThirdParty(ref Evaluation evaluation)
    {
        var denials = evaluation.Status switch
        {
            MemberStatus.Withdrawn => ReasonSet.Of(Reason.MemberWithdrawn),
            MemberStatus.ErasurePending => ReasonSet.Of(Reason.MemberErasurePending),
            MemberStatus.WithdrawalPending => ReasonSet.Of(Reason.MemberWithdrawalPending),
            _ => default,
        };
        foreach (var stop in evaluation.Member.UseStops)
        {
            if (!evaluation.Bites(stop.At, stop.LiftedAt))
            {
                continue;
            }

            if (!evaluation.HasBegun(stop.VerifiedAt))
            {
                denials = denials.With(Reason.UseStopPendingVerification);
            }
            else if (stop.IsFull)
            {
                denials = denials.With(Reason.UseStoppedFull);
            }
        }

        foreach (var stop in evaluation.Member.ProvisionStops)
        {
            if (evaluation.Bites(stop.At, stop.LiftedAt) && (stop.IsAll || stop.VendorIds.AsSpan().Contains(evaluation.Request.RecipientId!)))
            {
                denials = denials.With(Reason.ProvisionStopped);
            }
        }

        evaluation.DenyAll(denials);
    }

    /// <summary>Rules 50 to 53.</summary>
    private static ReasonSet JudgeLeaving(ref Evaluation evaluation, Purpose purpose, ObligationKinds openKinds)
    {
        switch (evaluation.Status)
        {
            case MemberStatus.Withdrawn or MemberStatus.ErasurePending:
                if (openKinds.Match(purpose))
                {
                    evaluation.CarryByObligation();
                    return default;
                }

                return ReasonSet.Of(
                    evaluation.Status == MemberStatus.ErasurePending ? Reason.MemberErasurePending
                    : ObligationKinds.MayMatch(purpose) ? Reason.WithdrawnNoResidual
                    : Reason.MemberWithdrawn);
            case MemberStatus.WithdrawalPending when PurposeSet.Outreach.Contains(purpose):
                return ReasonSet.Of(Reason.MemberWithdrawalPending);
            default:
                return default;
        }
    }

    /// <summary>Rules 60 to 62, each stop judged as if alone.</summary>
    private static ReasonSet JudgeUseStops(ref Evaluation evaluation, Purpose purpose, ObligationKinds openKinds)
    {
        ReasonSet denials = default;
        foreach (var stop in evaluation.Member.UseStops)
        {
            if (!evaluation.Bites(stop.At, stop.LiftedAt))
            {
                continue;
            }

            if (!evaluation.HasBegun(stop.VerifiedAt))
            {
                if (PurposeSet.Outreach.Contains(purpose))
                {
                    denials = denials.With(Reason.UseStopPendingVerification);
                }
            }
            else if (stop.IsFull || stop.Purposes.Contains(purpose))
            {
                // The notice that the stop was done is owed to the member (§9).
                if (purpose == Purpose.InquiryResponse && openKinds.Contains(ObligationKind.RightsRequest))
                {
                    evaluation.CarryByObligation();
                }
                else
                {
                    denials = denials.With(stop.IsFull ? Reason.UseStoppedFull : Reason.UseStoppedPurpose);
                }
            }
        }

        return denials;
    }

    /// <summary>Rules 82 to 84.</summary>
    private static ReasonSet JudgeReferences(ref Evaluation evaluation, Purpose purpose, ObligationKinds openKinds)
    {
        var request = evaluation.Request;
        ReasonSet denials = default;
        if (purpose == Purpose.ServiceImprovement)
        {
            if (!HasDetermination(ref evaluation))
            {
                denials = denials.With(Reason.Purpose8NoDetermination);
            }

            if (request.Channel != Channel.None)
            {
                denials = denials.With(Reason.Purpose8Restricted);
            }
        }
        else if (purpose == Purpose.InquiryResponse && string.IsNullOrEmpty(request.InquiryRef))
        {
            if (openKinds.Match(purpose))
            {
                evaluation.CarryByObligation();
            }
            else
            {
                denials = denials.With(Reason.InquiryRefRequired);
            }
        }

        return denials;
    }

    private static bool HasDetermination(ref Evaluation evaluation) =>
        evaluation.Request.DeterminationRef is { Length: > 0 } reference
        && evaluation.Register.FindDetermination(reference) is { Indispensable: true, Beneficial: true } determination
        && evaluation.HasBegun(determination.From)
        && !evaluation.IsPast(determination.To);
}
