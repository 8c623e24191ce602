using System.Text.Json;
using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Testing.Cases;

/// <summary>Reads vendors, policy versions and determinations.</summary>
internal static class RegisterReader
{
    public static Vendor[] Vendors(JsonElement vendors) =>
        [.. vendors.EnumerateObject().Select(vendor => Vendor(vendor.Name, vendor.Value))];

    public static PolicyVersion[] PolicyVersions(JsonElement policy) =>
    [
        .. policy.Each("versions").Select(version => new PolicyVersion(
            version.Text("id") ?? "",
            version.Time("effective_at"),
            version.Time("notified_at"),
            version.Known("change", SpecNames.PolicyChanges),
            version.Purposes("purposes"),
            version.Flag("ad_mail_requires_opt_in"))),
    ];

    public static Determination[] Determinations(JsonElement policy) =>
        policy.Field("purpose8_determinations") is not { } determinations
            ? []
            : [.. determinations.EnumerateObject()
                .Where(entry => entry.Value.ValueKind == JsonValueKind.Object)
                .Select(entry => new Determination(
                    entry.Name,
                    entry.Value.Flag("indispensable"),
                    entry.Value.Flag("beneficial"),
                    entry.Value.Time("from"),
                    entry.Value.Time("to"),
                    entry.Value.Text("by") ?? ""))];

    private static Vendor Vendor(string id, JsonElement vendor) => new()
    {
        Id = id,
        Name = vendor.Text("name") ?? "",
        Relations = Relations(vendor),
        Status = vendor.Known("status", SpecNames.VendorStatuses),
        Contracts = [.. vendor.Each("contract").Select(contract =>
            new Contract(contract.Time("from"), contract.Time("to"), contract.Flag("privacy_clause")))],
        SupervisionDue = vendor.Time("supervision_due"),
        Delegations = [.. vendor.Each("delegations").Select(delegation =>
            new Delegation(delegation.Text("task") ?? "", delegation.Purposes("purposes"), delegation.Items("items")))],
        Country = vendor.Text("country"),
        ForeignBasis = vendor.Known("foreign_basis", SpecNames.ForeignBases),
        EquivalenceDue = vendor.Time("equivalence_due"),
        RedelegationAllowed = vendor.Flag("redelegation_allowed"),
        Redelegations = [.. vendor.Each("redelegation").Select(redelegation => new Redelegation(
            redelegation.Text("parent_id") ?? "",
            redelegation.Text("approval_ref"),
            redelegation.Time("approved_from"),
            redelegation.Time("approved_to")))],
    };

    private static VendorRelations Relations(JsonElement vendor)
    {
        var relations = VendorRelations.None;
        foreach (var name in vendor.Each("relations"))
        {
            relations |= SpecNames.VendorRelations.TryParse(name.GetString()!, out var relation) ? relation : VendorRelations.None;
        }

        return relations;
    }
}
