using CsCheck;
using static Belong.ConsentService.Rules.Tests.Generators.Basics;

namespace Belong.ConsentService.Rules.Tests.Generators;

internal static class Vendors
{
    /// <summary>V-3 works for V-2, which works for V-1; circles and other parents occur.</summary>
    public static readonly string[] Ids = ["V-1", "V-2", "V-3"];

    private static readonly Gen<Contract> Contract =
        Gen.Select(Start, Gen.Frequency((3, Due), (1, End)), Mostly, (from, to, clause) => new Contract(from, to, clause));

    private static readonly Gen<Delegation> Delegation =
        Gen.Select(ManyPurposes, ManyItems, (purposes, items) => new Delegation("task", purposes, items));

    public static readonly Gen<IReadOnlyList<Vendor>> All =
        Gen.Select(Vendor("V-1", 0), Vendor("V-2", 4), Vendor("V-3", 8), Gen.Frequency((12, Gen.Const(7)), (1, Gen.Int[0, 7])), (first, second, third, mask) =>
            (IReadOnlyList<Vendor>)[.. new[] { first, second, third }.Where((_, index) => (mask & (1 << index)) != 0)]);

    private static Gen<Redelegation> Redelegation(string likelyParent) => Gen.Select(
        Gen.Frequency((6, Gen.Const(likelyParent)), (1, OneOf(Ids)), (1, Gen.Const("V-GONE"))),
        Optional("RA-1"), Start, Gen.Frequency((3, Due), (1, End)),
        (parent, approval, from, to) => new Redelegation(parent, approval, from, to));

    private static Gen<Vendor> Vendor(string id, int redelegatedInTen)
    {
        var parent = id == "V-3" ? "V-2" : "V-1";
        var contracts = Gen.Frequency((1, Gen.Const(Array.Empty<Contract>())), (14, Contract.Array[1]), (2, Contract.Array[2, 3]));
        var redelegations = Gen.Frequency(
            (10 - redelegatedInTen, Gen.Const(Array.Empty<Redelegation>())), (redelegatedInTen + 1, Redelegation(parent).Array[1]), (1, Redelegation(parent).Array[2]));
        var status = Gen.Frequency((20, Gen.Const(VendorStatus.Active)), (1, Gen.Const(VendorStatus.Suspended)), (1, Gen.Const(VendorStatus.Terminated)));
        var relations = Gen.Frequency((12, Gen.Const(VendorRelations.Contractor | VendorRelations.ThirdParty)), (1, Gen.Int[0, 7].Select(bits => (VendorRelations)bits)));
        var basis = Gen.Select(Gen.Frequency((4, Gen.Const((string?)"JP")), (2, OneOf("US", null))), Gen.Int[0, 2], Due);
        return Gen.Select(contracts, redelegations, status, relations, basis, Due, Delegation.Array[1, 3], Mostly, (contract, redelegation, standing, capacity, abroad, due, delegations, allowed) =>
            new Vendor
            {
                Id = id,
                Relations = capacity,
                Status = standing,
                Contracts = contract,
                SupervisionDue = due,
                Delegations = delegations,
                Country = abroad.Item1,
                ForeignBasis = (ForeignBasis)abroad.Item2,
                EquivalenceDue = abroad.Item3,
                RedelegationAllowed = allowed,
                Redelegations = redelegation,
            });
    }
}
