namespace Belong.ConsentService.Rules;

/// <summary>Rules 40 and 41: the exceptions of §4. A failed claim never falls back to consent.</summary>
internal static class ExceptionRules
{
    public static Decision Decide(ref Evaluation evaluation)
    {
        var claim = evaluation.Request.ExceptionClaim!;
        if (!IsComplete(ref evaluation, claim))
        {
            return evaluation.DenyAtOnce(Reason.ExceptionIncomplete);
        }

        if (!IsStated(claim.PrivacyApprovalRef) && NeedsPrivacyApproval(ref evaluation, claim))
        {
            return evaluation.DenyAtOnce(Reason.ExceptionNeedsPrivacyApproval);
        }

        evaluation.Permitted = evaluation.Request.Items;
        evaluation.Oblige(Obligation.RecordExceptionBasis);
        evaluation.Oblige(Obligation.LimitToStatedItems);
        if (claim.Item != 4)
        {
            evaluation.Oblige(Obligation.NotifyPrivacyDesk);
        }

        var reason = claim.Item switch
        {
            1 => Reason.ExceptionLifeBodyProperty,
            2 => Reason.ExceptionPublicHealthOrChild,
            3 => Reason.ExceptionStateAffairs,
            4 => Reason.ExceptionWarrant,
            _ => Reason.ExceptionOtherLaw,
        };
        return evaluation.Conclude(reason, reason);
    }

    private static bool IsComplete(ref Evaluation evaluation, ExceptionClaim claim) => IsStated(claim.ApproverId) && claim.Item switch
    {
        1 or 2 => IsStated(claim.NecessityStatement) && IsStated(claim.ConsentDifficultyReason),
        3 => IsStated(claim.RequestingBody) && IsStated(claim.StatutoryAffairsCitation) && IsStated(claim.HindranceReason),
        4 => IsStated(claim.WarrantRef) && IsStated(claim.IssuingCourt) && IsStated(claim.ScopeStatement)
            && evaluation.HasBegun(claim.IssuedAt) && !evaluation.IsPast(claim.ValidUntil),
        5 => IsStated(claim.LawCitation) && IsStated(claim.DocumentRef),
        _ => false,
    };

    private static bool NeedsPrivacyApproval(ref Evaluation evaluation, ExceptionClaim claim) => claim.Item switch
    {
        1 or 2 or 3 => evaluation.Status != MemberStatus.Active || HasFullUseStop(ref evaluation) || HasProvisionStop(ref evaluation),
        5 => !claim.Compulsory,
        _ => false,
    };

    private static bool HasFullUseStop(ref Evaluation evaluation)
    {
        var found = false;
        foreach (var stop in evaluation.Member.UseStops)
        {
            found |= stop.IsFull && evaluation.Bites(stop.At, stop.LiftedAt);
        }

        return found;
    }

    private static bool HasProvisionStop(ref Evaluation evaluation)
    {
        var found = false;
        foreach (var stop in evaluation.Member.ProvisionStops)
        {
            found |= evaluation.Bites(stop.At, stop.LiftedAt);
        }

        return found;
    }

    private static bool IsStated(string? assertion) => !string.IsNullOrWhiteSpace(assertion);
}
