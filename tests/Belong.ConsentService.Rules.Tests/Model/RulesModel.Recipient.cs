namespace Belong.ConsentService.Rules.Tests.Model;

/// <content>Contractors and third parties.</content>
internal sealed partial class RulesModel
{
    private List<Item> StoppedItems() =>
        [.. Enum.GetValues<Item>().Where(item => _member!.ItemStops.Any(stop => stop.Items.Contains(item) && Restricts(stop.At, stop.LiftedAt)))];

    private List<ConsentFact> ConsentsToRecipient() =>
        [.. _member!.Consents.Where(consent => consent.RecipientId == _request.RecipientId)];

    /// <summary>Rules 90 to 97.</summary>
    private void ContractorRules()
    {
        var vendor = Vendor(_request.RecipientId)!;
        DenyIf(!IsContractInForce(vendor), Reason.ContractNotInForce);
        DenyIf(LacksPrivacyClause(vendor), Reason.PrivacyClauseMissing);
        DenyIf(IsOverdue(vendor.SupervisionDue), Reason.SupervisionOverdue);
        var isDelegated = EffectivePurposes.All(purpose => vendor.Delegations.Any(delegation => delegation.Purposes.Contains(purpose)));
        DenyIf(!isDelegated, Reason.PurposeNotDelegated);
        DenyIf(vendor.Redelegations.Length > 0 && !IsRedelegationApproved(vendor), Reason.RedelegationNotApproved);
        ContractorAbroad(vendor);
        ContractorItems(vendor, isDelegated);
        _obligations.Add(Obligation.SendOnlyPermittedItems);
    }

    private bool IsContractInForce(Vendor vendor) =>
        CurrentContract(vendor) is { } contract && InForce(contract.From, contract.To);

    private bool LacksPrivacyClause(Vendor vendor) => CurrentContract(vendor) is { PrivacyClause: false };

    /// <summary>Of several: the latest in force, else the latest begun, else the first.</summary>
    private Contract? CurrentContract(Vendor vendor) => vendor.Contracts
        .Select(contract => (Contract: contract, Rank: InForce(contract.From, contract.To) ? 2 : contract.From <= Now ? 1 : 0))
        .DefaultIfEmpty()
        .MaxBy(entry => (entry.Rank, entry.Rank > 0 ? entry.Contract.From!.Value.UnixNanoseconds : 0))
        .Contract;

    private bool IsRedelegationApproved(Vendor vendor)
    {
        var redelegation = CurrentRedelegation(vendor)!;
        return !IsEmpty(redelegation.ApprovalRef)
            && InForce(redelegation.ApprovedFrom, redelegation.ApprovedTo)
            && Vendor(redelegation.ParentId) is { Status: VendorStatus.Active, RedelegationAllowed: true } parent
            && IsContractInForce(parent)
            && !LacksPrivacyClause(parent)
            && !IsOverdue(parent.SupervisionDue);
    }

    private Redelegation? CurrentRedelegation(Vendor vendor) => vendor.Redelegations
        .Select(entry => (Approval: entry, HasBegun: entry.ApprovedFrom <= Now && !IsEmpty(entry.ApprovalRef)))
        .Select(entry => (entry.Approval, Rank: !entry.HasBegun ? 0 : InForce(entry.Approval.ApprovedFrom, entry.Approval.ApprovedTo) ? 2 : 1))
        .DefaultIfEmpty()
        .MaxBy(entry => (entry.Rank, entry.Rank > 0 ? entry.Approval.ApprovedFrom!.Value.UnixNanoseconds : 0))
        .Approval;

    private bool IsAbroadWithoutBasis(Vendor vendor) =>
        vendor.Country != "JP"
        && vendor.ForeignBasis != ForeignBasis.AdequateCountry
        && !HasEquivalentMeasures(vendor);

    private bool HasEquivalentMeasures(Vendor vendor) =>
        vendor.ForeignBasis == ForeignBasis.EquivalentMeasures && !IsOverdue(vendor.EquivalenceDue);

    private void ContractorAbroad(Vendor vendor)
    {
        if (vendor.Country != "JP" && HasEquivalentMeasures(vendor))
        {
            _obligations.Add(Obligation.ConfirmForeignMeasures);
        }

        if (IsAbroadWithoutBasis(vendor))
        {
            var consents = ConsentsToRecipient().Any(consent => consent.Method == ConsentMethod.Explicit && consent.ForeignInfoGiven
                && Permits(consent.GrantedAt, consent.WithdrawnAt, consent.ExpiresAt));
            DenyIf(!consents, Reason.ForeignTransferNotCovered);
            _obligations.Add(Obligation.RecordProvision);
        }
    }

    private void ContractorItems(Vendor vendor, bool isDelegated)
    {
        var allowed = Allowed(vendor, []);
        var asked = AskedItems.Count == 0 ? allowed : AskedItems;
        var inside = asked.Intersect(allowed).ToList();
        _outside = [.. asked.Except(allowed)];
        _outsideReason = Reason.ItemNotNecessary;
        _stopped = [.. inside.Intersect(StoppedItems())];
        _permitted = [.. inside.Except(StoppedItems())];
        if (_permitted.Count == 0 && isDelegated)
        {
            DenyIf(true, inside.Count > 0 ? Reason.ItemStopped : Reason.ItemNotNecessary);
        }
    }

    private List<Item> Allowed(Vendor vendor, List<string> above)
    {
        var allowed = EffectivePurposes
            .Select(purpose => vendor.Delegations.Where(delegation => delegation.Purposes.Contains(purpose))
                .SelectMany(delegation => Enum.GetValues<Item>().Where(delegation.Items.Contains)))
            .Aggregate(Enum.GetValues<Item>().AsEnumerable(), (common, items) => common.Intersect(items))
            .ToList();
        List<string> chain = [.. above, vendor.Id];
        return CurrentRedelegation(vendor) is { } redelegation && Vendor(redelegation.ParentId) is { } parent && !chain.Contains(parent.Id)
            ? [.. allowed.Intersect(Allowed(parent, chain))]
            : allowed;
    }

    /// <summary>Rules 95 to 107 of a third party.</summary>
    private void ThirdParty()
    {
        _obligations.UnionWith([Obligation.SendOnlyPermittedItems, Obligation.RecordProvision]);
        DenyIf(AskedItems.Contains(Item.CookieId), Reason.CookieLinkedToMember);
        if (ConsentsToRecipient().Count == 0)
        {
            DenyIf(true, Reason.NoThirdPartyConsent);
            return;
        }

        if (ConsentsToRecipient().Where(entry => entry.GrantedAt <= Now).MaxBy(entry => entry.GrantedAt!.Value) is not { } consent)
        {
            DenyIf(true, Reason.ConsentNotPrior);
            return;
        }

        DenyIf(consent.WithdrawnAt <= Now, Reason.ThirdPartyConsentWithdrawn);
        DenyIf(consent.ExpiresAt <= Now, Reason.ThirdPartyConsentExpired);
        DenyIf(consent.Method != ConsentMethod.Explicit, Reason.ConsentNotExplicit);
        var inside = AskedItems.Where(consent.Items.Contains).ToList();
        _outside = [.. AskedItems.Except(inside)];
        _outsideReason = Reason.ConsentScopeMismatch;
        _stopped = [.. inside.Intersect(StoppedItems())];
        _permitted = [.. inside.Except(StoppedItems())];
        var isOutOfScope = !consent.RecipientPurposes.Contains(_request.RecipientPurpose) || inside.Count == 0;
        DenyIf(isOutOfScope, Reason.ConsentScopeMismatch);
        DenyIf(!isOutOfScope && _permitted.Count == 0, Reason.ItemStopped);
        DenyIf(_request.RecipientPurpose == "MARKETING"
            && _member!.DmOptOuts.Any(optOut => Restricts(optOut.At, optOut.LiftedAt) && (optOut.At is null || optOut.At >= consent.GrantedAt)),
            Reason.ConsentSupersededByOptOut);
        DenyIf(IsAbroadWithoutBasis(Vendor(_request.RecipientId)!) && !consent.ForeignInfoGiven, Reason.ForeignTransferNotCovered);
    }
}
