namespace Belong.ConsentService.Rules;

/// <summary>The member's status at an instant.</summary>
internal static class StatusRules
{
    /// <summary>
    /// The status that began last; of two that began together the more severe one. A return to ACTIVE
    /// is a permission, so the status before still holds at its very instant. Erasure is final.
    /// </summary>
    public static MemberStatus At(ref Evaluation evaluation, StatusFact[] statuses)
    {
        var current = MemberStatus.Active;
        Instant? since = null;
        foreach (var fact in statuses)
        {
            var hasBegun = fact.Status == MemberStatus.Active ? evaluation.IsPast(fact.At) : evaluation.Bites(fact.At);
            if (!hasBegun)
            {
                continue;
            }

            if (fact.Status == MemberStatus.Erased)
            {
                return MemberStatus.Erased;
            }

            var isLater = fact.At is { } at && (since is null || at > since);
            if (isLater || (fact.At == since && fact.Status > current))
            {
                current = fact.Status;
                since = fact.At;
            }
        }

        return current;
    }
}
