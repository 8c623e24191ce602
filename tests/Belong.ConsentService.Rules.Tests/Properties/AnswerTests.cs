using Belong.ConsentService.Rules.Tests.Generators;
using Belong.ConsentService.Rules.Tests.Model;
using CsCheck;

namespace Belong.ConsentService.Rules.Tests.Properties;

public sealed class AnswerTests
{
    private const int FirstAllowing = 200;

    [Fact]
    public void An_answer_is_whole_in_itself() =>
        Worlds.Any.Sample(
            world =>
            {
                var decision = Worlds.Decide(world);
                var reasons = DecisionLists.List(decision.Reasons);
                Assert.NotEmpty(reasons);
                var isAllowed = decision.Outcome is Outcome.Allow or Outcome.AllowPartial;
                Assert.All(reasons, reason => Assert.Equal(isAllowed, (int)reason >= FirstAllowing));
                Assert.True(!isAllowed || reasons.Count == 1, "an ALLOW has one reason");
                var withheld = decision.ItemsOutside.Union(decision.ItemsStopped);
                Assert.Equal(decision.Outcome == Outcome.AllowPartial, !withheld.IsEmpty);
                Assert.True(withheld.Intersect(decision.PermittedItems).IsEmpty, "an item is both permitted and withheld");
                Assert.True(isAllowed || (decision.PermittedItems.IsEmpty && decision.Obligations == default), "a DENY permits something");
                Assert.True(decision.Outcome == Outcome.None || decision.ValidUntil >= decision.EvaluatedAt, "valid_until is past");
            },
            iter: 100_000,
            print: Worlds.Print);

    [Fact]
    public void The_outcome_is_the_AND_of_its_purposes() =>
        Worlds.Live.Where(world => world.Request.Kind is Kind.Use or Kind.Contractor).Sample(
            world =>
            {
                var together = Worlds.Decide(world);
                var passes = true;
                foreach (var purpose in together.JudgedPurposes)
                {
                    var alone = Worlds.Decide(world with { Request = world.Request with { Purposes = PurposeSet.Of(purpose) } });
                    Assert.Equal(alone.PerPurpose.Of(purpose), together.PerPurpose.Of(purpose));
                    passes &= together.PerPurpose.Of(purpose) == ReasonSet.Of(Reason.UsePermitted);
                }

                var isAllowed = together.Outcome is Outcome.Allow or Outcome.AllowPartial;
                Assert.True(!isAllowed || passes, "allowed although a purpose fails");
                Assert.True(together.JudgedPurposes.IsEmpty || world.Request.Kind != Kind.Use || isAllowed == passes, "denied although every purpose passes");
            },
            iter: 100_000,
            print: Worlds.Print);

    [Fact]
    public void An_audit_tells_what_the_live_check_told() =>
        Worlds.Live.Sample(
            world =>
            {
                var live = Worlds.Decide(world);
                var audit = Worlds.Decide(world with
                {
                    Request = world.Request with { Mode = Mode.Audit, At = Basics.Now },
                    Clock = Basics.Now.Plus(TimeSpan.FromDays(3650)),
                });
                Assert.True(live == audit || (live.Outcome == Outcome.None && live.Reasons == audit.Reasons), $"{live}\n{audit}");
            },
            iter: 100_000,
            print: Worlds.Print);

    [Fact]
    public void An_unknown_or_erased_member_shows_no_other_fact()
    {
        var erasures = Gen.OneOf(
            Gen.Const(new MemberFacts { IsTombstone = true }),
            Members.Member.Select(member => member with { IsTombstone = true }),
            Gen.Select(Members.Member, Basics.OneOf<Instant?>(null, Basics.Now, Basics.Boundary[0], Basics.Boundary[3]), (member, at) =>
                member with { Statuses = Members.InOrder([.. member.Statuses, new StatusFact(MemberStatus.Erased, at)]) }));
        Gen.Select(Worlds.Live.Where(world => world.Member is not null), erasures).Sample(
            (world, erased) =>
            {
                var bare = Worlds.Decide(world with { Member = new MemberFacts { IsTombstone = true } });
                Assert.Equal(bare, Worlds.Decide(world with { Member = erased }));
                var unknown = Worlds.Decide(world with { Member = null });
                Assert.Equal(
                    bare.Reasons == ReasonSet.Of(Reason.MemberErased) ? bare with { Reasons = ReasonSet.Of(Reason.MemberUnknown) } : bare,
                    unknown);
            },
            iter: 100_000,
            print: input => Worlds.Print(input.Item1 with { Member = input.Item2 }));
    }
}
