namespace Belong.ConsentService.Rules;

/// <summary>Rules 10 to 13: anonymised data (§5).</summary>
internal static class AnonymizedRules
{
    public static Decision Decide(ref Evaluation evaluation)
    {
        var request = evaluation.Request;
        if (!string.IsNullOrEmpty(request.MemberId))
        {
            evaluation.Deny(Reason.AnonHasMemberKey);
        }

        if (request.Dataset is not { CertifiedAnonymous: true })
        {
            evaluation.Deny(Reason.AnonNotCertified);
        }

        if (request.Items.IsEmpty || !request.Items.Except(ItemSet.PublishedAnonymised).IsEmpty)
        {
            evaluation.Deny(Reason.AnonItemNotPublished);
        }

        if (request.Dataset?.Method is not ("SERVER_UPLOAD" or "PAPER" or "EMAIL_ATTACHMENT"))
        {
            evaluation.Deny(Reason.AnonMethodNotPublished);
        }

        evaluation.Permitted = request.Items;
        evaluation.Oblige(Obligation.MarkAsAnonymized);
        evaluation.Oblige(Obligation.PublishItemsAndMethod);
        evaluation.Oblige(Obligation.NoReidentification);
        return evaluation.Conclude(Reason.AnonymizedPermitted, Reason.AnonymizedPermitted);
    }
}
