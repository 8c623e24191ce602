namespace Belong.ConsentService.Rules;

/// <summary>On what a recipient may receive data, as far as its country goes.</summary>
internal enum TransferBasis : byte
{
    /// <summary>Only the member's informed consent would do.</summary>
    None,
    Domestic,
    AdequateCountry,
    EquivalentMeasures,
}

/// <summary>Rule 95: transfer abroad (Art. 28).</summary>
internal static class ForeignRules
{
    public static TransferBasis BasisOf(ref Evaluation evaluation, Vendor vendor)
    {
        if (vendor.Country == "JP")
        {
            return TransferBasis.Domestic;
        }

        return vendor.ForeignBasis switch
        {
            ForeignBasis.AdequateCountry => TransferBasis.AdequateCountry,
            ForeignBasis.EquivalentMeasures when !evaluation.IsOverdue(vendor.EquivalenceDue) => TransferBasis.EquivalentMeasures,
            _ => TransferBasis.None,
        };
    }

    /// <summary>Any explicit consent to this recipient that was given with the foreign-transfer information and is in effect.</summary>
    public static bool HasInformedConsent(ref Evaluation evaluation, string recipientId)
    {
        var found = false;
        foreach (var consent in evaluation.Member.Consents)
        {
            found |= consent.RecipientId == recipientId
                && consent is { Method: ConsentMethod.Explicit, ForeignInfoGiven: true }
                && evaluation.HasBegun(consent.GrantedAt)
                && !evaluation.HasEnded(consent.WithdrawnAt)
                && !evaluation.HasEnded(consent.ExpiresAt);
        }

        return found;
    }
}
