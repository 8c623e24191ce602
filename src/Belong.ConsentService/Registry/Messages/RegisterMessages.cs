using Belong.ConsentService.Rules;
using V1 = Belong.Consent.V1;

namespace Belong.ConsentService.Registry;

/// <summary>The entries of the register as messages and as the rules know them.</summary>
internal static class RegisterMessages
{
    public static Vendor ToRecord(V1.Vendor vendor) => new()
    {
        Id = vendor.Id,
        Name = vendor.Name,
        Relations = vendor.Relations.Aggregate(VendorRelations.None, static (all, relation) => all | (VendorRelations)(1 << ((int)relation - 1))),
        Status = (VendorStatus)vendor.Status,
        Contracts = [.. vendor.Contracts.Select(static contract =>
            new Contract(Times.ToInstantOrNull(contract.From), Times.ToInstantOrNull(contract.To), contract.PrivacyClause))],
        SupervisionDue = Times.ToInstantOrNull(vendor.SupervisionDue),
        Delegations = [.. vendor.Delegations.Select(static delegation =>
            new Delegation(delegation.Task, Sets.ToSet(delegation.Purposes), Sets.ToSet(delegation.Items)))],
        Country = vendor.Country.Length > 0 ? vendor.Country : null,
        ForeignBasis = vendor.HasForeignBasis ? (ForeignBasis)vendor.ForeignBasis : ForeignBasis.None,
        EquivalenceDue = Times.ToInstantOrNull(vendor.EquivalenceDue),
        RedelegationAllowed = vendor.RedelegationAllowed,
        Redelegations = [.. vendor.Redelegations.Select(static redelegation => new Redelegation(
            redelegation.ParentId,
            redelegation.ApprovalRef.Length > 0 ? redelegation.ApprovalRef : null,
            Times.ToInstantOrNull(redelegation.ApprovedFrom),
            Times.ToInstantOrNull(redelegation.ApprovedTo)))],
    };

    public static PolicyVersion ToRecord(V1.PolicyVersion version) => new(
        version.Id, Times.ToInstantOrNull(version.EffectiveAt), Times.ToInstantOrNull(version.NotifiedAt),
        (PolicyChange)version.Change, Sets.ToSet(version.Purposes), version.AdMailRequiresOptIn);

    public static Determination ToRecord(V1.Determination determination) => new(
        determination.Ref, determination.Indispensable, determination.Beneficial,
        Times.ToInstantOrNull(determination.From), Times.ToInstantOrNull(determination.To), determination.By);

    public static V1.Vendor ToMessage(Vendor record)
    {
        var vendor = new V1.Vendor
        {
            Id = record.Id,
            Name = record.Name,
            Status = (V1.VendorStatus)record.Status,
            SupervisionDue = Times.ToTimestampOrNull(record.SupervisionDue),
            Country = record.Country ?? "",
            EquivalenceDue = Times.ToTimestampOrNull(record.EquivalenceDue),
            RedelegationAllowed = record.RedelegationAllowed,
        };
        for (var relation = 1; relation <= 3; relation++)
        {
            if (record.Relations.HasFlag((VendorRelations)(1 << (relation - 1))))
            {
                vendor.Relations.Add((V1.VendorRelation)relation);
            }
        }

        if (record.ForeignBasis != ForeignBasis.None)
        {
            vendor.ForeignBasis = (V1.ForeignBasis)record.ForeignBasis;
        }

        vendor.Contracts.AddRange(record.Contracts.Select(ToMessage));
        vendor.Delegations.AddRange(record.Delegations.Select(ToMessage));
        vendor.Redelegations.AddRange(record.Redelegations.Select(ToMessage));
        return vendor;
    }

    public static V1.PolicyVersion ToMessage(PolicyVersion record)
    {
        var version = new V1.PolicyVersion
        {
            Id = record.Id,
            EffectiveAt = Times.ToTimestampOrNull(record.EffectiveAt),
            NotifiedAt = Times.ToTimestampOrNull(record.NotifiedAt),
            Change = (V1.PolicyChange)record.Change,
            AdMailRequiresOptIn = record.AdMailRequiresOptIn,
        };
        Sets.AddTo(version.Purposes, record.Purposes);
        return version;
    }

    public static V1.Determination ToMessage(Determination record) => new()
    {
        Ref = record.Ref,
        Indispensable = record.Indispensable,
        Beneficial = record.Beneficial,
        From = Times.ToTimestampOrNull(record.From),
        To = Times.ToTimestampOrNull(record.To),
        By = record.By,
    };

    private static V1.Contract ToMessage(Contract record) => new()
    {
        From = Times.ToTimestampOrNull(record.From),
        To = Times.ToTimestampOrNull(record.To),
        PrivacyClause = record.PrivacyClause,
    };

    private static V1.Delegation ToMessage(Delegation record)
    {
        var delegation = new V1.Delegation { Task = record.Task };
        Sets.AddTo(delegation.Purposes, record.Purposes);
        Sets.AddTo(delegation.Items, record.Items);
        return delegation;
    }

    private static V1.Redelegation ToMessage(Redelegation record) => new()
    {
        ParentId = record.ParentId,
        ApprovalRef = record.ApprovalRef ?? "",
        ApprovedFrom = Times.ToTimestampOrNull(record.ApprovedFrom),
        ApprovedTo = Times.ToTimestampOrNull(record.ApprovedTo),
    };
}
