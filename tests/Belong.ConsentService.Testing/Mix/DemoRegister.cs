using Belong.Consent.V1;

namespace Belong.ConsentService.Testing.Mix;

/// <summary>
/// The policy, the determination and the vendors of the spec's cases, with ends far away, so that a demonstration shows the
/// same answers in any year.
/// </summary>
public static class DemoRegister
{
    public const string PolicyVersionId = "v1";

    private static readonly DataItem[] Mail = [DataItem.Name, DataItem.Email];
    private static readonly DataItem[] Post = [DataItem.Name, DataItem.Address];

    /// <summary>In an order in which they can be recorded: a parent before its sub-contractor.</summary>
    public static IEnumerable<RegisterChange> Changes =>
    [
        new() { PolicyVersion = Policy() },
        new() { Determination = Determination() },
        .. Vendors().Select(vendor => new RegisterChange { Vendor = vendor }),
    ];

    private static PolicyVersion Policy() => new()
    {
        Id = PolicyVersionId,
        EffectiveAt = MixTime.First.Stamp(),
        NotifiedAt = MixTime.First.Stamp(),
        Change = PolicyChange.Initial,
        Purposes = { Enum.GetValues<Purpose>().Where(purpose => purpose != Purpose.Unspecified) },
    };

    private static Determination Determination() => new()
    {
        Ref = "D-1",
        Indispensable = true,
        Beneficial = true,
        From = MixTime.Utc(2026, 1, 1).Stamp(),
        To = MixTime.Far.Stamp(),
        By = "役員会",
    };

    private static IEnumerable<Vendor> Vendors()
    {
        var carrier = Contractor("V-CARRIER", "配達業者（商品の発送）", [1], [.. Post, DataItem.Phone]);
        carrier.RedelegationAllowed = true;
        yield return carrier;
        yield return Contractor("V-MAILHOUSE", "郵便DM印刷・発送代行", [3, 4], Post);
        yield return Contractor("V-ESP", "Eメール送付代行", [1, 2, 3, 4, 5, 7], Mail);
        yield return Contractor("V-REPAIR", "修理・アフターサービス代行", [1], [.. Post, DataItem.Phone, DataItem.UsageHistory]);

        var european = Contractor("V-EU-ESP", "独国Eメール送付代行", [1, 2, 3], Mail, "DE");
        european.ForeignBasis = ForeignBasis.AdequateCountry;
        yield return european;
        yield return Contractor("V-US-ESP", "米国Eメール送付代行", [1, 2, 3], Mail, "US");

        var lastMile = Contractor("V-LASTMILE", "再委託先（末端配送）", [1], [.. Post, DataItem.Phone, DataItem.Email]);
        lastMile.Redelegations.Add(new Redelegation
        {
            ParentId = carrier.Id,
            ApprovalRef = "RA-7",
            ApprovedFrom = MixTime.Utc(2025, 6, 1).Stamp(),
            ApprovedTo = MixTime.Far.Stamp(),
        });
        yield return lastMile;

        var dual = Contractor("V-DUAL", "配送兼広告会社", [1], Post);
        dual.Relations.Add(VendorRelation.ThirdParty);
        yield return dual;
        yield return Other("V-PARTNER", "提携企業（第三者）", VendorRelation.ThirdParty);
        yield return Other("V-US-PARTNER", "米国提携企業（第三者）", VendorRelation.ThirdParty, "US");
        yield return Other("V-GROUP", "グループ会社（共同利用者）", VendorRelation.JointUser);
    }

    private static Vendor Contractor(string id, string name, int[] purposes, DataItem[] items, string country = "JP")
    {
        var vendor = Other(id, name, VendorRelation.Contractor, country);
        vendor.Contracts.Add(new Contract { From = MixTime.Utc(2025, 4, 1).Stamp(), To = MixTime.Far.Stamp(), PrivacyClause = true });
        vendor.Delegations.Add(new Delegation { Task = name, Purposes = { purposes.Cast<Purpose>() }, Items = { items } });
        return vendor;
    }

    private static Vendor Other(string id, string name, VendorRelation relation, string country = "JP") => new()
    {
        Id = id,
        Name = name,
        Relations = { relation },
        Status = VendorStatus.Active,
        Country = country,
        SupervisionDue = MixTime.Far.Stamp(),
    };
}
