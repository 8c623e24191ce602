using Belong.ConsentService.Hosting;
using Case = Belong.Consent.V1.RegisterChange.ChangeOneofCase;
using V1 = Belong.Consent.V1;

namespace Belong.ConsentService.Registry;

/// <summary>What an entry of the register must look like, whatever else is in the register.</summary>
internal static class RegisterChangeShape
{
    private const int MaxNameBytes = 200;

    public static void Check(V1.RegisterChange change, string at)
    {
        switch (change.ChangeCase)
        {
            case Case.Vendor:
                CheckVendor(change.Vendor, at);
                break;
            case Case.PolicyVersion:
                var version = change.PolicyVersion;
                Require.Id(at, "policy_version.id", version.Id);
                Require.Instant(at, "policy_version.effective_at", version.EffectiveAt);
                Require.Instant(at, "policy_version.notified_at", version.NotifiedAt);
                Require.Known(at, "policy_version.change", version.Change, 3, "a kind of change");
                Require.Known(at, "policy_version.purposes", version.Purposes, 0, 8, "a purpose");
                break;
            case Case.Determination:
                var determination = change.Determination;
                Require.Id(at, "determination.ref", determination.Ref);
                Require.Period(at, "determination.from", determination.From, "determination.to", determination.To, "a determination");
                Require.Text(at, "determination.by", determination.By, 0, MaxNameBytes);
                break;
            default:
                throw Refusal.Field(at, "empty", "a vendor, a policy version or a determination is required");
        }
    }

    private static void CheckVendor(V1.Vendor vendor, string at)
    {
        Require.Id(at, "vendor.id", vendor.Id);
        Require.Text(at, "vendor.name", vendor.Name, 0, MaxNameBytes);
        Require.Known(at, "vendor.relations", vendor.Relations, 0, 3, "a relation");
        Require.Known(at, "vendor.status", vendor.Status, 3, "a status");
        Require.Instant(at, "vendor.supervision_due", vendor.SupervisionDue);
        Require.Instant(at, "vendor.equivalence_due", vendor.EquivalenceDue);
        if (vendor.HasForeignBasis)
        {
            Require.Known(at, "vendor.foreign_basis", vendor.ForeignBasis, 2, "a basis");
        }

        if (vendor.Country.Length != 0 && (vendor.Country.Length != 2 || vendor.Country.AsSpan().ContainsAnyExceptInRange('A', 'Z')))
        {
            throw Require.Refuse(at, "vendor.country", Require.Show(vendor.Country), "a country is two capital letters such as JP, or left out");
        }

        CheckContracts(vendor, at);
        CheckDelegations(vendor, at);
        CheckRedelegations(vendor, at);
    }

    private static void CheckContracts(V1.Vendor vendor, string at)
    {
        Require.Count(at, "vendor.contracts", vendor.Contracts.Count, 0, Require.MaxListed);
        for (var i = 0; i < vendor.Contracts.Count; i++)
        {
            var contract = vendor.Contracts[i];
            Require.Period($"{at}.vendor.contracts[{i}]", "from", contract.From, "to", contract.To, "a contract");
        }
    }

    private static void CheckDelegations(V1.Vendor vendor, string at)
    {
        Require.Count(at, "vendor.delegations", vendor.Delegations.Count, 0, Require.MaxListed);
        for (var i = 0; i < vendor.Delegations.Count; i++)
        {
            var delegation = vendor.Delegations[i];
            var here = $"{at}.vendor.delegations[{i}]";
            Require.Text(here, "task", delegation.Task, 0, MaxNameBytes);
            Require.Known(here, "purposes", delegation.Purposes, 0, 8, "a purpose");
            Require.Known(here, "items", delegation.Items, 0, 14, "an item");
        }
    }

    private static void CheckRedelegations(V1.Vendor vendor, string at)
    {
        Require.Count(at, "vendor.redelegations", vendor.Redelegations.Count, 0, Require.MaxListed);
        for (var i = 0; i < vendor.Redelegations.Count; i++)
        {
            var redelegation = vendor.Redelegations[i];
            var here = $"{at}.vendor.redelegations[{i}]";
            Require.Id(here, "parent_id", redelegation.ParentId);
            if (redelegation.ParentId == vendor.Id)
            {
                throw Require.Refuse(here, "parent_id", Require.Show(vendor.Id), "a vendor cannot be its own sub-contractor");
            }

            Require.OptionalId(here, "approval_ref", redelegation.ApprovalRef);
            Require.Period(here, "approved_from", redelegation.ApprovedFrom, "approved_to", redelegation.ApprovedTo, "an approval");
        }
    }
}
