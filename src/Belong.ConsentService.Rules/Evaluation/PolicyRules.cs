namespace Belong.ConsentService.Rules;

/// <summary>Rules 80 and 81: is the purpose covered by the policy versions that bind the member (§13)?</summary>
internal static class PolicyRules
{
    public static ReasonSet Judge(ref Evaluation evaluation, Purpose purpose)
    {
        var effective = evaluation.Register.PolicyVersions.AsSpan(0, evaluation.EffectivePolicyCount);
        var acquired = IndexOf(effective, evaluation.Member.AcquiredPolicyVersion);
        if (acquired < 0)
        {
            return ReasonSet.Of(Reason.PurposeNotCovered);
        }

        var isCovered = effective[acquired].Purposes.Contains(purpose);
        var isDeemedOnly = false;
        foreach (var version in effective[(acquired + 1)..])
        {
            if (!version.Purposes.Contains(purpose))
            {
                isCovered = false;
            }
            else if (!isCovered)
            {
                isCovered = NewlyCovers(ref evaluation, version);
                isDeemedOnly |= !isCovered && version.Change == PolicyChange.Expansion && UsedServiceSince(ref evaluation, version.NotifiedAt);
            }
        }

        return isCovered ? default
            : ReasonSet.Of(isDeemedOnly ? Reason.RevisionNotExplicitlyAccepted : Reason.PurposeNotCovered);
    }

    private static bool NewlyCovers(ref Evaluation evaluation, PolicyVersion version) => version.Change switch
    {
        PolicyChange.Related => evaluation.HasBegun(version.NotifiedAt),
        PolicyChange.Expansion => IsAccepted(ref evaluation, version.Id),
        _ => false,
    };

    private static bool IsAccepted(ref Evaluation evaluation, string version)
    {
        var found = false;
        foreach (var acceptance in evaluation.Member.PolicyAcceptances)
        {
            found |= acceptance.PolicyVersion == version && evaluation.HasBegun(acceptance.At);
        }

        return found;
    }

    /// <summary>§13: the last use up to now was at or after the notice.</summary>
    private static bool UsedServiceSince(ref Evaluation evaluation, Instant? notifiedAt)
    {
        var found = false;
        foreach (var use in evaluation.Member.ServiceUses)
        {
            found |= evaluation.HasBegun(use) && notifiedAt is { } notice && use >= notice;
        }

        return found;
    }

    private static int IndexOf(ReadOnlySpan<PolicyVersion> versions, string? id)
    {
        for (var i = 0; i < versions.Length; i++)
        {
            if (versions[i].Id == id)
            {
                return i;
            }
        }

        return -1;
    }
}
