using Belong.ConsentService.Rules.Tests.Generators;
using Belong.ConsentService.Rules.Tests.Model;
using CsCheck;

namespace Belong.ConsentService.Rules.Tests.Properties;

public sealed class ValidUntilTests
{
    [Fact]
    public void The_answer_holds_until_valid_until() =>
        Gen.Select(Worlds.Live, Gen.Double.Unit).Sample(
            (world, part) =>
            {
                var now = Worlds.Decide(world);
                foreach (var instant in Instants(now, part))
                {
                    var later = Worlds.Decide(world with { Clock = instant });
                    Assert.Equal(now with { EvaluatedAt = default, ValidUntil = default }, later with { EvaluatedAt = default, ValidUntil = default });
                }
            },
            iter: 100_000,
            print: input => Worlds.Print(input.Item1));

    [Fact]
    public void Facts_that_do_not_change_are_answered_for_the_whole_staleness_bound()
    {
        var request = new CheckRequest { Kind = Kind.Use, MemberId = "M1", Purposes = PurposeSet.Of(Purpose.ServiceDelivery) };
        var decision = Worlds.Decide(new World(request, new Grant(0x0F, new PurposeSet(0xFF), true), Basics.Now, true, TimeSpan.Zero,
            new MemberFacts { AcquiredPolicyVersion = "v1" }, [],
            [new PolicyVersion("v1", Basics.Boundary[0], Basics.Boundary[0], PolicyChange.Initial, new PurposeSet(0xFF), false)], []));
        Assert.Equal(Outcome.Allow, decision.Outcome);
        Assert.Equal(Basics.Now.Plus(TimeSpan.FromMinutes(15)), decision.ValidUntil);
    }

    /// <summary>The first and the last instant before the end, one in between, and those at which facts change.</summary>
    private static IEnumerable<Instant> Instants(Decision decision, double part)
    {
        var span = decision.ValidUntil.UnixNanoseconds - decision.EvaluatedAt.UnixNanoseconds;
        return Basics.Boundary
            .Append(new Instant(decision.ValidUntil.UnixNanoseconds - 1))
            .Append(new Instant(decision.EvaluatedAt.UnixNanoseconds + (long)(span * part)))
            .Where(instant => instant > decision.EvaluatedAt && instant < decision.ValidUntil);
    }
}
