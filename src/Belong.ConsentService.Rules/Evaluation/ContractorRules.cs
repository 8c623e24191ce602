namespace Belong.ConsentService.Rules;

/// <summary>Rules 90 to 97 for a contractor (§6).</summary>
internal static class ContractorRules
{
    public static void Judge(ref Evaluation evaluation)
    {
        var vendor = evaluation.Vendor!;
        evaluation.DenyAll(JudgeContract(ref evaluation, vendor));
        if (vendor.Redelegations.Length > 0 && !IsRedelegationApproved(ref evaluation, vendor))
        {
            evaluation.Deny(Reason.RedelegationNotApproved);
        }

        JudgeTransferAbroad(ref evaluation, vendor);
        JudgeItems(ref evaluation, vendor);
        evaluation.Oblige(Obligation.SendOnlyPermittedItems);
    }

    /// <summary>Rules 90 to 92.</summary>
    private static ReasonSet JudgeContract(ref Evaluation evaluation, Vendor vendor)
    {
        ReasonSet denials = default;
        var contract = FindContract(ref evaluation, vendor.Contracts, out var isInForce);
        if (!isInForce)
        {
            denials = denials.With(Reason.ContractNotInForce);
        }

        if (contract is { PrivacyClause: false })
        {
            denials = denials.With(Reason.PrivacyClauseMissing);
        }

        return evaluation.IsOverdue(vendor.SupervisionDue) ? denials.With(Reason.SupervisionOverdue) : denials;
    }

    /// <summary>The contract in force that began last; else the one that began last; else the first on record.</summary>
    private static Contract? FindContract(ref Evaluation evaluation, Contract[] contracts, out bool isInForce)
    {
        Contract? best = null;
        var bestRank = -1;
        foreach (var contract in contracts)
        {
            var hasBegun = evaluation.HasBegun(contract.From);
            var rank = hasBegun && !evaluation.IsPast(contract.To) ? 2 : hasBegun ? 1 : 0;
            if (rank > bestRank || (rank == bestRank && rank > 0 && contract.From > best!.From))
            {
                best = contract;
                bestRank = rank;
            }
        }

        isInForce = bestRank == 2;
        return best;
    }

    /// <summary>Rule 94.</summary>
    private static bool IsRedelegationApproved(ref Evaluation evaluation, Vendor vendor)
    {
        var redelegation = FindRedelegation(ref evaluation, vendor.Redelegations, out var isInPeriod);
        return isInPeriod
            && evaluation.Register.FindVendor(redelegation.ParentId) is { Status: VendorStatus.Active, RedelegationAllowed: true } parent
            && JudgeContract(ref evaluation, parent).IsEmpty;
    }

    /// <summary>The approval in its period that began last; else the one that began last; else the first on record.</summary>
    private static Redelegation FindRedelegation(ref Evaluation evaluation, Redelegation[] redelegations, out bool isInPeriod)
    {
        var best = redelegations[0];
        var bestRank = -1;
        foreach (var redelegation in redelegations)
        {
            var hasBegun = evaluation.HasBegun(redelegation.ApprovedFrom) && !string.IsNullOrWhiteSpace(redelegation.ApprovalRef);
            var rank = hasBegun && !evaluation.IsPast(redelegation.ApprovedTo) ? 2 : hasBegun ? 1 : 0;
            if (rank > bestRank || (rank == bestRank && rank > 0 && redelegation.ApprovedFrom > best.ApprovedFrom))
            {
                best = redelegation;
                bestRank = rank;
            }
        }

        isInPeriod = bestRank == 2;
        return best;
    }

    /// <summary>Rule 95.</summary>
    private static void JudgeTransferAbroad(ref Evaluation evaluation, Vendor vendor)
    {
        switch (ForeignRules.BasisOf(ref evaluation, vendor))
        {
            case TransferBasis.EquivalentMeasures:
                evaluation.Oblige(Obligation.ConfirmForeignMeasures);
                break;
            case TransferBasis.None when ForeignRules.HasInformedConsent(ref evaluation, vendor.Id):
                evaluation.Oblige(Obligation.RecordProvision);
                break;
            case TransferBasis.None:
                evaluation.Deny(Reason.ForeignTransferNotCovered);
                break;
        }
    }

    /// <summary>Rules 93, 96 and 97.</summary>
    private static void JudgeItems(ref Evaluation evaluation, Vendor vendor)
    {
        var allowed = AllowedItems(ref evaluation, vendor);
        if (!AreAllDelegated(evaluation.Effective, vendor))
        {
            evaluation.Deny(Reason.PurposeNotDelegated);
            return;
        }

        var asked = evaluation.Request.Items.IsEmpty ? allowed : evaluation.Request.Items;
        var inside = asked.Intersect(allowed);
        var stopped = inside.Intersect(ItemRules.StoppedItems(ref evaluation));
        evaluation.Permitted = inside.Except(stopped);
        evaluation.Outside = asked.Except(allowed);
        evaluation.OutsideReason = Reason.ItemNotNecessary;
        evaluation.Stopped = stopped;
        if (evaluation.Permitted.IsEmpty)
        {
            evaluation.Deny(inside.IsEmpty ? Reason.ItemNotNecessary : Reason.ItemStopped);
        }
    }

    /// <summary>What the vendor needs, and every vendor above it that it works for.</summary>
    private static ItemSet AllowedItems(ref Evaluation evaluation, Vendor vendor)
    {
        var allowed = DelegatedItems(evaluation.Effective, vendor);
        var current = vendor;
        // A chain cannot be longer than the register: a circle ends here, and cuts nothing twice.
        for (var steps = evaluation.Register.VendorCount; steps > 0 && current.Redelegations.Length > 0; steps--)
        {
            var redelegation = FindRedelegation(ref evaluation, current.Redelegations, out _);
            if (evaluation.Register.FindVendor(redelegation.ParentId) is not { } parent)
            {
                break;
            }

            allowed = allowed.Intersect(DelegatedItems(evaluation.Effective, parent));
            current = parent;
        }

        return allowed;
    }

    /// <summary>For each purpose the union of the delegations that name it, then what is common to all.</summary>
    private static ItemSet DelegatedItems(PurposeSet purposes, Vendor vendor)
    {
        var common = new ItemSet(ushort.MaxValue);
        foreach (var purpose in purposes)
        {
            ItemSet union = default;
            foreach (var delegation in vendor.Delegations)
            {
                if (delegation.Purposes.Contains(purpose))
                {
                    union = union.Union(delegation.Items);
                }
            }

            common = common.Intersect(union);
        }

        return common;
    }

    private static bool AreAllDelegated(PurposeSet purposes, Vendor vendor)
    {
        byte delegated = 0;
        foreach (var delegation in vendor.Delegations)
        {
            delegated |= delegation.Purposes.Bits;
        }

        return purposes.IsSubsetOf(new PurposeSet(delegated));
    }
}
