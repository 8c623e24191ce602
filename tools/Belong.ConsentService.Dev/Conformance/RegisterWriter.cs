using Belong.Consent.V1;
using Belong.ConsentService.Rules;
using Contract = Belong.Consent.V1.Contract;
using Delegation = Belong.Consent.V1.Delegation;
using Redelegation = Belong.Consent.V1.Redelegation;
using Vendor = Belong.Consent.V1.Vendor;

namespace Belong.ConsentService.Dev.Conformance;

/// <summary>Says the register of a case as the changes that record it.</summary>
internal static class RegisterWriter
{
    public static RegisterChange Write(Rules.PolicyVersion policy)
    {
        var message = new Consent.V1.PolicyVersion
        {
            Id = policy.Id,
            EffectiveAt = MemberWriter.Time(policy.EffectiveAt),
            NotifiedAt = MemberWriter.Time(policy.NotifiedAt),
            Change = (Consent.V1.PolicyChange)policy.Change,
            AdMailRequiresOptIn = policy.AdMailRequiresOptIn,
        };
        message.Purposes.AddRange(Purposes(policy.Purposes));
        return new RegisterChange { PolicyVersion = message };
    }

    public static RegisterChange Write(Rules.Determination determination) => new()
    {
        Determination = new Consent.V1.Determination
        {
            Ref = determination.Ref,
            Indispensable = determination.Indispensable,
            Beneficial = determination.Beneficial,
            From = MemberWriter.Time(determination.From),
            To = MemberWriter.Time(determination.To),
            By = determination.By,
        },
    };

    public static RegisterChange Write(Rules.Vendor vendor, CaseNames names)
    {
        var message = new Vendor
        {
            Id = names.Of(vendor.Id),
            Name = vendor.Name,
            Status = (Consent.V1.VendorStatus)vendor.Status,
            SupervisionDue = MemberWriter.Time(vendor.SupervisionDue),
            Country = vendor.Country ?? "",
            EquivalenceDue = MemberWriter.Time(vendor.EquivalenceDue),
            RedelegationAllowed = vendor.RedelegationAllowed,
        };
        if (vendor.ForeignBasis != Rules.ForeignBasis.None)
        {
            message.ForeignBasis = (Consent.V1.ForeignBasis)vendor.ForeignBasis;
        }

        message.Relations.AddRange(Relations(vendor.Relations));
        message.Contracts.AddRange(vendor.Contracts.Select(contract => new Contract
        {
            From = MemberWriter.Time(contract.From),
            To = MemberWriter.Time(contract.To),
            PrivacyClause = contract.PrivacyClause,
        }));
        message.Delegations.AddRange(vendor.Delegations.Select(Write));
        message.Redelegations.AddRange(vendor.Redelegations.Select(redelegation => new Redelegation
        {
            ParentId = names.Of(redelegation.ParentId),
            ApprovalRef = redelegation.ApprovalRef ?? "",
            ApprovedFrom = MemberWriter.Time(redelegation.ApprovedFrom),
            ApprovedTo = MemberWriter.Time(redelegation.ApprovedTo),
        }));
        return new RegisterChange { Vendor = message };
    }

    public static IEnumerable<DataItem> Items(ItemSet items)
    {
        var list = new List<DataItem>();
        foreach (var item in items)
        {
            list.Add((DataItem)item);
        }

        return list;
    }

    private static Delegation Write(Rules.Delegation delegation)
    {
        var message = new Delegation { Task = delegation.Task };
        message.Purposes.AddRange(Purposes(delegation.Purposes));
        message.Items.AddRange(Items(delegation.Items));
        return message;
    }

    private static List<Consent.V1.Purpose> Purposes(PurposeSet purposes)
    {
        var list = new List<Consent.V1.Purpose>();
        foreach (var purpose in purposes)
        {
            list.Add((Consent.V1.Purpose)purpose);
        }

        return list;
    }

    private static IEnumerable<VendorRelation> Relations(VendorRelations relations)
    {
        if (relations.HasFlag(VendorRelations.Contractor))
        {
            yield return VendorRelation.Contractor;
        }

        if (relations.HasFlag(VendorRelations.ThirdParty))
        {
            yield return VendorRelation.ThirdParty;
        }

        if (relations.HasFlag(VendorRelations.JointUser))
        {
            yield return VendorRelation.JointUser;
        }
    }
}
