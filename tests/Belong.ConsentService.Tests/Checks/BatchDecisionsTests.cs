using Belong.ConsentService.Checks;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Rules;
using Xunit;

namespace Belong.ConsentService.Tests.Checks;

/// <summary>One message for members who are told the same, and never for others.</summary>
public sealed class BatchDecisionsTests
{
    private const int Seed = 1;
    private const int Decisions = 20_000;

    private static readonly Register[] Registers = [new Register(1, [], [], []), new Register(2, [], [], [])];
    private static readonly Instant Now = Instant.FromUnix(1_800_000_000, 5);

    [Fact]
    public void Whatever_came_before_each_is_written_as_if_alone()
    {
        var random = new Random(Seed);
        var batch = new BatchDecisions();
        for (var i = 0; i < Decisions; i++)
        {
            var decision = RandomDecision(random);
            var lookup = RandomLookup(random);
            Assert.Equal(DecisionWriter.Write(decision, lookup, explain: false), batch.Write(decision, lookup));
        }
    }

    [Fact]
    public void Who_is_told_the_same_gets_the_same_message()
    {
        var batch = new BatchDecisions();
        var (decision, lookup) = (RandomDecision(new Random(Seed)), RandomLookup(new Random(Seed)));
        Assert.Same(batch.Write(decision, lookup), batch.Write(decision, lookup with { View = lookup.View with { Member = lookup.View.Member is { } member ? member with { } : null } }));
    }

    /// <summary>Of few values for each field: so that those that differ in one alone meet often.</summary>
    private static Decision RandomDecision(Random random)
    {
        var perPurpose = new PurposeReasons();
        perPurpose[3] = ReasonSet.Of(random.Next(2) == 0 ? Reason.UsePermitted : Reason.DmOptedOut);
        return new Decision
        {
            Outcome = (Outcome)random.Next(1, 4),
            Reasons = ReasonSet.Of(random.Next(4) == 0 ? Reason.MemberErased : Reason.UsePermitted).With(random.Next(2) == 0 ? Reason.UsePermitted : Reason.FactsStale),
            JudgedPurposes = new PurposeSet((byte)(random.Next(2) << 3)),
            PerPurpose = perPurpose,
            PermittedItems = new ItemSet((ushort)random.Next(2)),
            ItemsOutside = new ItemSet((ushort)(random.Next(2) << 1)),
            OutsideReason = random.Next(2) == 0 ? Reason.ItemNotNecessary : Reason.ConsentScopeMismatch,
            ItemsStopped = new ItemSet((ushort)(random.Next(2) << 2)),
            Obligations = new ObligationSet().With((Obligation)random.Next(1, 3)),
            EvaluatedAt = new Instant(Now.UnixNanoseconds + random.Next(2)),
            ValidUntil = new Instant(Now.UnixNanoseconds + 100 + random.Next(2)),
            PolicyVersion = random.Next(2) == 0 ? "one" : "two",
        };
    }

    private static LookupResult RandomLookup(Random random)
    {
        var member = random.Next(4) == 0 ? null : new MemberFacts { Version = random.Next(1, 3), IsTombstone = random.Next(8) == 0 };
        var view = new FactsView(random.Next(4) > 0, TimeSpan.FromMilliseconds(random.Next(2)), member, Registers[random.Next(2)]);
        return new LookupResult(view, (FactsOrigin)random.Next(3));
    }
}
