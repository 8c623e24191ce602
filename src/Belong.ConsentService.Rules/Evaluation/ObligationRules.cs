namespace Belong.ConsentService.Rules;

/// <summary>Which kinds of obligation the member has open under the asked reference.</summary>
internal readonly record struct ObligationKinds(ushort Bits)
{
    private static readonly ObligationKinds Delivery = Of(ObligationKind.Delivery, ObligationKind.Warranty, ObligationKind.Support);
    private static readonly ObligationKinds Contact = Of(ObligationKind.Billing, ObligationKind.IdentityCheck, ObligationKind.ContractNotice);
    private static readonly ObligationKinds Inquiry = Of(ObligationKind.Inquiry, ObligationKind.RightsRequest);

    /// <summary>Obligations exist for purposes 1, 2 and 7 only.</summary>
    public static bool MayMatch(Purpose purpose) => Fitting(purpose).Bits != 0;

    public bool Contains(ObligationKind kind) => (Bits & (1 << (int)kind)) != 0;

    public bool Match(Purpose purpose) => (Bits & Fitting(purpose).Bits) != 0;

    public ObligationKinds With(ObligationKind kind) => new((ushort)(Bits | (1 << (int)kind)));

    private static ObligationKinds Of(ObligationKind first, ObligationKind second, ObligationKind? third = null)
    {
        var kinds = default(ObligationKinds).With(first).With(second);
        return third is { } last ? kinds.With(last) : kinds;
    }

    private static ObligationKinds Fitting(Purpose purpose) => purpose switch
    {
        Purpose.ServiceDelivery => Delivery,
        Purpose.ContractAndBilling => Contact,
        Purpose.InquiryResponse => Inquiry,
        _ => default,
    };
}

/// <summary>Finds the obligations that the request refers to.</summary>
internal static class ObligationRules
{
    public static ObligationKinds OpenKinds(ref Evaluation evaluation)
    {
        var kinds = default(ObligationKinds);
        if (evaluation.Request.ObligationRef is not { Length: > 0 } reference)
        {
            return kinds;
        }

        foreach (var obligation in evaluation.Member.Obligations)
        {
            if (obligation.Ref == reference && evaluation.HasBegun(obligation.OpenedAt) && !evaluation.HasEnded(obligation.ClosedAt))
            {
                kinds = kinds.With(obligation.Kind);
            }
        }

        return kinds;
    }
}
