using Belong.Consent.V1;
using Google.Protobuf.WellKnownTypes;

namespace Belong.ConsentService.Client.Tests;

/// <summary>What is made of a decision, whatever it says.</summary>
public class AnswerReaderTests
{
    /// <summary>A decision that is allowed and what spoils it.</summary>
    public static TheoryData<string, Action<Decision>> Spoilers => new()
    {
        { "reasons that deny", decision => decision.Reasons.Add(ReasonCode.DmOptedOut) },
        { "reasons that deny", decision => decision.Reasons.Clear() },
        { "asked for again", decision => decision.Retryable = true },
        { "what it rests on", decision => decision.Basis = null },
        { "what it rests on", decision => decision.Basis.RulesVersion = "" },
        { "the time that it holds", decision => decision.ValidUntil = null },
        { "the time that it holds", decision => decision.EvaluatedAt = null },
        { "ended before it was given", decision => decision.ValidUntil = Timestamp.FromDateTime(Decisions.Now.AddSeconds(-1)) },
        { "an instant that does not exist", decision => decision.ValidUntil = new Timestamp { Seconds = long.MaxValue } },
    };

    [Fact]
    public void Each_outcome_is_a_type_of_its_own()
    {
        Assert.IsType<Allowed>(Read(Decisions.Allow()));
        Assert.IsType<Denied>(Read(Decisions.Deny()));
        Assert.IsType<Undecided>(Read(Decisions.Deny(ReasonCode.FactsStale, isRetryable: true)));
        var part = Assert.IsType<PartlyAllowed>(ConsentAnswer.Read(Decisions.Disclosure(DataItem.Name, DataItem.BirthDate), Decisions.Partial()));
        Assert.Equal([DataItem.Name], part.Exercise(Obligation.SendOnlyPermittedItems).Items);
        Assert.Equal(ReasonCode.ItemNotNecessary, part.Withheld[DataItem.BirthDate]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(99)]
    public void An_outcome_that_is_not_known_is_denied(int outcome)
    {
        var decision = Decisions.Allow(DataItem.Name);
        decision.Outcome = (Outcome)outcome;

        Assert.IsType<Denied>(Read(decision));
    }

    [Theory]
    [MemberData(nameof(Spoilers))]
    public void A_permission_that_does_not_fit_together_is_no_answer(string problem, Action<Decision> spoil)
    {
        var (whole, part) = (Decisions.Allow(), Decisions.Partial());
        spoil(whole);
        spoil(part);

        Assert.Contains(problem, Assert.Throws<ConsentContradictionException>(() => Read(whole)).Message, StringComparison.Ordinal);
        Assert.Contains(problem, Assert.Throws<ConsentContradictionException>(() => ConsentAnswer.Read(Decisions.Disclosure(), part)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_disclosure_is_held_against_the_items_that_were_asked_for()
    {
        Assert.Throws<ConsentContradictionException>(() => ConsentAnswer.Read(Decisions.Disclosure(DataItem.Name), Decisions.Allow(DataItem.Name, DataItem.Email)));
        Assert.Throws<ConsentContradictionException>(() => ConsentAnswer.Read(Decisions.Disclosure(DataItem.Name, DataItem.Email), Decisions.Allow(DataItem.Name)));
        Assert.Throws<ConsentContradictionException>(() => ConsentAnswer.Read(Decisions.Disclosure(DataItem.BirthDate), Decisions.Partial()));
        Assert.Throws<ConsentContradictionException>(
            () => ConsentAnswer.Read(Decisions.Disclosure(DataItem.Name, DataItem.BirthDate, DataItem.Sex), Decisions.Partial()));
        Assert.Throws<ConsentContradictionException>(() => Read(Decisions.Partial()));
        var whole = Assert.IsType<Allowed>(ConsentAnswer.Read(Decisions.Disclosure(), Decisions.Allow(DataItem.Name, (DataItem)77)));
        Assert.Equal([DataItem.Name], whole.Exercise().Items);
    }

    [Fact]
    public void A_part_that_is_none_is_no_answer()
    {
        var withoutDuty = Decisions.Partial();
        withoutDuty.Obligations.Clear();
        var nothingWithheld = Decisions.Partial();
        nothingWithheld.WithheldItems.Clear();
        var both = Decisions.Partial();
        both.PermittedItems.Add(DataItem.BirthDate);
        var withheldAll = Decisions.Allow();
        withheldAll.WithheldItems.Add(new WithheldItem { Item = DataItem.Name });

        Assert.All(new[] { withoutDuty, nothingWithheld, both, withheldAll }, decision =>
            Assert.Throws<ConsentContradictionException>(() => ConsentAnswer.Read(Decisions.Disclosure(), decision)));
    }

    [Fact]
    public void An_obligation_has_to_be_named_and_one_without_a_name_cannot_be()
    {
        var (known, unknown) = (Decisions.Allow(), Decisions.Allow());
        known.Obligations.Add([Obligation.RecheckAtSend, Obligation.ShowSenderAndOptOutRoute]);
        unknown.Obligations.Add((Obligation)99);

        var permission = Assert.IsType<Allowed>(Read(known));
        var missing = Assert.Throws<ObligationNotHonouredException>(() => permission.Exercise(Obligation.RecheckAtSend));
        Assert.Equal([Obligation.ShowSenderAndOptOutRoute], missing.Missing);
        Assert.Equal("M1", permission.Exercise(Obligation.ShowSenderAndOptOutRoute, Obligation.RecheckAtSend).MemberId);
        Assert.Throws<ObligationNotHonouredException>(() => Assert.IsType<Allowed>(Read(unknown)).Exercise((Obligation)99));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_permission_ends_by_whichever_clock_has_gone_further(bool counted)
    {
        var clock = new ShiftedClock();
        var permission = Assert.IsType<Allowed>(ConsentAnswer.Read(Decisions.Use(), Decisions.Allow(), clock));
        Assert.NotNull(permission.Exercise());

        (counted ? (Action<TimeSpan>)clock.Count : clock.Tell)(TimeSpan.FromSeconds(61));

        Assert.Equal(TimeSpan.Zero, permission.Remaining);
        Assert.Throws<PermissionExpiredException>(() => permission.Exercise());
    }

    [Fact]
    public void No_answer_to_an_audit_is_read()
    {
        var check = Decisions.Use();
        check.Options = new CheckOptions { Mode = CheckMode.Audit };

        Assert.Throws<ArgumentException>(() => ConsentAnswer.Read(check, Decisions.Allow()));
    }

    private static ConsentAnswer Read(Decision decision) => ConsentAnswer.Read(Decisions.Use(), decision);
}
