namespace Belong.ConsentService.Rules;

/// <summary>Rules 20 to 22: the register of recipients.</summary>
internal static class RecipientRules
{
    public static Reason? FindDenial(ref Evaluation evaluation)
    {
        var request = evaluation.Request;
        if (evaluation.Register.FindVendor(request.RecipientId!) is not { } vendor)
        {
            return Reason.VendorUnknown;
        }

        if (vendor.Status != VendorStatus.Active)
        {
            return Reason.VendorSuspended;
        }

        var capacity = request.Kind == Kind.Contractor ? VendorRelations.Contractor : VendorRelations.ThirdParty;
        if ((vendor.Relations & capacity) == 0)
        {
            return Reason.VendorRelationMismatch;
        }

        evaluation.Vendor = vendor;
        return null;
    }
}
