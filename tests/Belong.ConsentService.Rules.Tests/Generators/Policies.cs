using CsCheck;
using static Belong.ConsentService.Rules.Tests.Generators.Basics;

namespace Belong.ConsentService.Rules.Tests.Generators;

internal static class Policies
{
    /// <summary>Up to four versions; equal and missing starts occur.</summary>
    public static readonly Gen<IReadOnlyList<PolicyVersion>> Versions =
        Gen.Select(Version(1), Version(2), Version(3), Version(4), Gen.Frequency((5, Gen.Const(1)), (8, Gen.Int[2, 4])), (first, second, third, fourth, count) =>
            (IReadOnlyList<PolicyVersion>)[.. new[] { first, second, third, fourth }.Take(count)]);

    public static readonly Gen<IReadOnlyList<Determination>> Determinations =
        Gen.Select(Mostly, Mostly, Start, Gen.Frequency((3, Due), (1, End)), (indispensable, beneficial, from, to) =>
            (IReadOnlyList<Determination>)[new Determination("D-1", indispensable, beneficial, from, to, "役員会")]);

    private static Gen<PolicyVersion> Version(int number) =>
        Gen.Select(
            number == 1 ? Gen.Frequency((20, Gen.Const((Instant?)Boundary[0])), (1, AnyTime)) : Start,
            Start,
            Gen.Frequency((2, Gen.Const(PolicyChange.Expansion)), (2, Gen.Const(PolicyChange.Related)), (1, Gen.Const(PolicyChange.Initial))),
            ManyPurposes,
            Gen.Frequency((1, Gen.Const(true)), (2, Gen.Const(false))),
            (effective, notified, change, purposes, optIn) => new PolicyVersion($"v{number}", effective, notified, change, purposes, optIn));
}
