using Belong.ConsentService.Hosting;
using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Tests.Monitoring;

/// <summary>When contracts, supervisions, approvals and confirmations of vendors end.</summary>
public sealed class RegisterExpiryTests
{
    private static readonly Instant Now = Instant.Parse("2026-04-01T00:00:00Z");

    [Fact]
    public void The_first_of_the_active_vendors_counts()
    {
        Assert.Equal(new RegisterExpiry(On(5), 0), Contracts(Contractor("A", (-9, 9)), Contractor("B", (-9, 5)), Contractor("C", (-9, null))));
        Assert.Equal(new RegisterExpiry(On(9), 0), Contracts(Contractor("A", (-9, 9)), Contractor("B", (-9, 5)) with { Status = VendorStatus.Suspended }));
        Assert.Equal(new RegisterExpiry(null, 0), Contracts(Contractor("C", (-9, null))));
        Assert.Equal(default, Contracts(Contractor("A", (-9, 9)) with { Relations = VendorRelations.ThirdParty }));
    }

    [Fact]
    public void A_contract_that_another_follows_does_not_count()
    {
        Assert.Equal(On(9), Contracts(Contractor("A", (-9, 5), (5, 9))).Earliest);
        Assert.Equal(On(9), Contracts(Contractor("A", (3, 9), (-9, 5))).Earliest);
        Assert.Equal(On(5), Contracts(Contractor("A", (-9, 5), (6, 9))).Earliest);
        Assert.Null(Contracts(Contractor("A", (-9, 5), (4, null))).Earliest);
        // The day it ends is still in it.
        Assert.Equal(new RegisterExpiry(On(0), 0), Contracts(Contractor("A", (-9, 0))));
    }

    [Fact]
    public void What_has_ended_with_nothing_in_its_place_is_counted()
    {
        Assert.Equal(new RegisterExpiry(null, 1), Contracts(Contractor("A", (-9, -1))));
        Assert.Equal(new RegisterExpiry(null, 1), Contracts(Contractor("A", (-9, -1), (1, 5))));
        Assert.Equal(new RegisterExpiry(On(5), 1), Contracts(Contractor("A", (-9, -1)), Contractor("B", (-9, 5))));
        Assert.Equal(new RegisterExpiry(null, 0), Contracts(Contractor("A", (1, 5))));
    }

    [Fact]
    public void Supervision_approval_and_equivalence_are_told_apart()
    {
        var vendor = Contractor("A", (-9, 9)) with
        {
            SupervisionDue = On(3),
            ForeignBasis = ForeignBasis.EquivalentMeasures,
            EquivalenceDue = On(-1),
            Redelegations = [new Redelegation("P", "R-1", On(-9), On(4)), new Redelegation("P", " ", On(-9), On(8))],
        };
        Assert.Equal(
            [("contract", new RegisterExpiry(On(9), 0)), ("supervision", new RegisterExpiry(On(3), 0)), ("approval", new RegisterExpiry(On(4), 0)), ("equivalence", new RegisterExpiry(null, 1))],
            Of(vendor));
        Assert.Contains(("supervision", new RegisterExpiry(null, 1)), Of(vendor with { SupervisionDue = null }));
    }

    private static Instant On(int day) => Now.Plus(TimeSpan.FromDays(day));

    private static Vendor Contractor(string id, params (int From, int? To)[] contracts) => new()
    {
        Id = id,
        Status = VendorStatus.Active,
        Relations = VendorRelations.Contractor,
        SupervisionDue = On(100),
        Contracts = [.. contracts.Select(one => new Contract(On(one.From), one.To is { } to ? On(to) : null, PrivacyClause: true))],
    };

    private static RegisterExpiry Contracts(params Vendor[] vendors) => Of(vendors).Single(one => one.What == "contract").Expiry;

    private static IEnumerable<(string What, RegisterExpiry Expiry)> Of(params Vendor[] vendors) => RegisterExpiry.Of(new Register(1, vendors, [], []), Now);
}
