using Belong.ConsentService.Rules.Tests.Generators;
using Belong.ConsentService.Rules.Tests.Model;
using CsCheck;

namespace Belong.ConsentService.Rules.Tests.Properties;

public sealed class RestrictionTests
{
    private static readonly Gen<Func<MemberFacts, MemberFacts>> Restriction = Gen.OneOf(
        Members.UseStop.Select(stop => Change(member => member with { UseStops = [.. member.UseStops, stop] })),
        Members.ProvisionStop.Select(stop => Change(member => member with { ProvisionStops = [stop, .. member.ProvisionStops] })),
        Members.DmOptOut.Select(optOut => Change(member => member with { DmOptOuts = [.. member.DmOptOuts, optOut] })),
        Members.ItemStop.Select(stop => Change(member => member with { ItemStops = [.. member.ItemStops, stop] })),
        Members.Status.Select(status => Change(member => WithStatus(member, status))),
        Basics.AnyInstant.Select(at => Change(member => Withdrawing(member, at))),
        Gen.Const(Change(member => member with { IsTombstone = true })));

    [Fact]
    public void Adding_a_restriction_never_improves_an_outcome_nor_adds_an_item() =>
        Gen.Select(Worlds.Live.Where(world => world.Member is not null), Restriction).Sample(
            (world, restrict) =>
            {
                var before = Worlds.Decide(world);
                var after = Worlds.Decide(world with { Member = restrict(world.Member!) });
                Assert.True(after.Outcome >= before.Outcome, $"{before.Outcome} became {after.Outcome}");
                Assert.True(after.PermittedItems.Except(before.PermittedItems).IsEmpty, "an item was added");
            },
            iter: 100_000,
            print: input => Worlds.Print(input.Item1)
                + "\nrestricted:\n" + Worlds.Print(input.Item1 with { Member = input.Item2(input.Item1.Member!) }));

    private static Func<MemberFacts, MemberFacts> Change(Func<MemberFacts, MemberFacts> change) => change;

    /// <summary>A status is a restriction when no other is more severe.</summary>
    private static MemberFacts WithStatus(MemberFacts member, StatusFact status) =>
        member.Statuses.Any(other => other.Status > status.Status) || status.Status == MemberStatus.Active
            ? member
            : member with { Statuses = Members.InOrder([.. member.Statuses, status]) };

    private static MemberFacts Withdrawing(MemberFacts member, Instant at) => member with
    {
        Consents = [.. member.Consents.Select(consent => consent.WithdrawnAt <= at ? consent : consent with { WithdrawnAt = at })],
        AdMailOptIns = [.. member.AdMailOptIns.Select(optIn => optIn.RevokedAt <= at ? optIn : optIn with { RevokedAt = at })],
    };
}
