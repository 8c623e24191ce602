using Belong.ConsentService.Checks;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Rules;
using Xunit;

namespace Belong.ConsentService.Tests.Checks;

/// <summary>One message for members who are told the same, and never for others.</summary>
public sealed class BatchDecisionsTests
{
    private static readonly Instant Now = Instant.FromUnix(1_800_000_000, 5);

    private static readonly Decision Allowed = new()
    {
        Outcome = Outcome.Allow,
        Reasons = ReasonSet.Of(Reason.UsePermitted),
        JudgedPurposes = PurposeSet.Of(Purpose.DirectMarketing),
        PerPurpose = Judged(ReasonSet.Of(Reason.UsePermitted)),
        PermittedItems = new ItemSet(1),
        ItemsOutside = new ItemSet(2),
        OutsideReason = Reason.ItemNotNecessary,
        ItemsStopped = new ItemSet(4),
        Obligations = new ObligationSet().With(Obligation.RecheckAtSend),
        EvaluatedAt = Now,
        ValidUntil = Now.Plus(TimeSpan.FromMinutes(1)),
        PolicyVersion = "one",
    };

    private static readonly LookupResult Read = new(new FactsView(true, TimeSpan.FromMilliseconds(1), Member(1), new Register(1, [], [], [])), FactsOrigin.Cache);

    private static readonly Dictionary<string, Func<(Decision Decision, LookupResult Lookup)>> Others = new()
    {
        ["outcome"] = () => (Allowed with { Outcome = Outcome.AllowPartial }, Read),
        ["reasons"] = () => (Allowed with { Reasons = Allowed.Reasons.With(Reason.ResidualObligationPermitted) }, Read),
        ["judged purposes"] = () => (Allowed with { JudgedPurposes = PurposeSet.Of(Purpose.DirectMarketing, Purpose.Survey) }, Read),
        ["reasons of a purpose"] = () => (Allowed with { PerPurpose = Judged(ReasonSet.Of(Reason.DmOptedOut)) }, Read),
        ["permitted items"] = () => (Allowed with { PermittedItems = new ItemSet(8) }, Read),
        ["items outside"] = () => (Allowed with { ItemsOutside = new ItemSet(8) }, Read),
        ["why they are outside"] = () => (Allowed with { OutsideReason = Reason.ConsentScopeMismatch }, Read),
        ["items stopped"] = () => (Allowed with { ItemsStopped = new ItemSet(8) }, Read),
        ["obligations"] = () => (Allowed with { Obligations = new ObligationSet() }, Read),
        ["instant"] = () => (Allowed with { EvaluatedAt = new Instant(Now.UnixNanoseconds + 1) }, Read),
        ["end"] = () => (Allowed with { ValidUntil = Now }, Read),
        ["policy"] = () => (Allowed with { PolicyVersion = "two" }, Read),
        // Which has the same place.
        ["version of the member"] = () => (Allowed, With(Read.View with { Member = Member(1 + 32) })),
        ["erased member"] = () => (Allowed, With(Read.View with { Member = Member(1) with { IsTombstone = true } })),
        ["no member"] = () => (Allowed, With(Read.View with { Member = null })),
        ["age"] = () => (Allowed, With(Read.View with { Age = TimeSpan.FromMilliseconds(2) })),
        ["register"] = () => (Allowed, With(Read.View with { Register = new Register(2, [], [], []) })),
        ["unreadable"] = () => (Allowed, With(Read.View with { IsReadable = false })),
        ["origin"] = () => (Allowed, Read with { Origin = FactsOrigin.Database }),
    };

    public static TheoryData<string> Differences => [.. Others.Keys];

    [Theory]
    [MemberData(nameof(Differences))]
    public void Who_is_told_anything_else_gets_a_message_of_his_own(string difference)
    {
        var (decision, lookup) = Others[difference]();
        var batch = new BatchDecisions();
        batch.Write(Allowed, With(Read.View with { Member = null }));
        batch.Write(Allowed, Read);

        var other = batch.Write(decision, lookup);

        Assert.Equal(DecisionWriter.Write(decision, lookup, explain: false), other);
        Assert.NotEqual(DecisionWriter.Write(Allowed, Read, explain: false), other);
        Assert.Equal(DecisionWriter.Write(Allowed, Read, explain: false), batch.Write(Allowed, Read));
    }

    [Fact]
    public void Facts_that_cannot_be_read_tell_no_version()
    {
        var unreadable = With(Read.View with { IsReadable = false });
        var batch = new BatchDecisions();

        Assert.Same(batch.Write(Allowed, unreadable), batch.Write(Allowed, With(unreadable.View with { Member = Member(2) })));
    }

    [Fact]
    public void Who_is_erased_shows_no_version()
    {
        var erased = Allowed with { Reasons = ReasonSet.Of(Reason.MemberErased) };

        Assert.Equal(0, DecisionWriter.Write(erased, Read, explain: false).Basis.MemberVersion);
        Assert.Equal(1, DecisionWriter.Write(Allowed, Read, explain: false).Basis.MemberVersion);
    }

    [Fact]
    public void Who_is_told_the_same_gets_the_same_message()
    {
        var batch = new BatchDecisions();

        Assert.Same(batch.Write(Allowed, Read), batch.Write(Allowed, With(Read.View with { Member = Member(1) })));
    }

    private static LookupResult With(FactsView view) => Read with { View = view };

    private static MemberFacts Member(long version) => new() { Version = version };

    private static PurposeReasons Judged(ReasonSet reasons)
    {
        var judged = new PurposeReasons();
        judged[(int)Purpose.DirectMarketing - 1] = reasons;
        return judged;
    }
}
