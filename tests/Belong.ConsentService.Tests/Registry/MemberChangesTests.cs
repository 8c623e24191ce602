using Belong.ConsentService.Registry;
using Belong.ConsentService.Rules;
using Grpc.Core;
using static Belong.ConsentService.Tests.Registry.Changes;
using V1 = Belong.Consent.V1;

namespace Belong.ConsentService.Tests.Registry;

public class MemberChangesTests
{
    private const string Earlier = "2026-03-01T00:00:00Z";
    private const string Earliest = "1900-01-01T00:00:00Z";
    private const string Later = "2026-05-01T00:00:00Z";
    private const string Latest = "2026-06-01T00:00:00Z";

    [Fact]
    public void A_start_that_is_left_out_is_the_time_of_recording() => Assert.Equal(Now, Apply(OptOut()).DmOptOuts[0].At);

    [Fact]
    public void A_restriction_bites_from_receipt_and_a_permission_from_recording()
    {
        var received = Instant.Parse(Earlier);
        var context = new ChangeContext("M1", Now, "key", 0) { ReceivedAt = received };
        Assert.Equal(received, MemberChanges.Apply(new MemberFacts(), OptOut(), context).DmOptOuts[0].At);
        Assert.Equal(received, MemberChanges.Apply(new MemberFacts(), UseStop(), context).UseStops[0].At);
        Assert.Equal(received, MemberChanges.Apply(new MemberFacts(), Status(V1.MemberStatus.Withdrawn), context).Statuses[0].At);
        Assert.Equal(Now, MemberChanges.Apply(new MemberFacts(), Status(V1.MemberStatus.Active), context).Statuses[0].At);
        Assert.Equal(Now, MemberChanges.Apply(new MemberFacts(), ConsentTo(), context).Consents[0].GrantedAt);
    }

    [Fact]
    public void A_restriction_of_unknown_start_has_none() => Assert.Null(Apply(OptOut(Unknown)).DmOptOuts[0].At);

    [Fact]
    public void A_record_without_an_id_is_named_by_key_and_position() =>
        Assert.Equal(["key.0", "key.1"], Apply(OptOut(), OptOut()).DmOptOuts.Select(record => record.RecordId));

    [Fact]
    public void A_key_too_long_to_name_a_record_gives_an_id_all_the_same()
    {
        var context = new ChangeContext("M1", Now, new string('k', 64), 99);
        var id = MemberChanges.Apply(new MemberFacts(), OptOut(), context).DmOptOuts[0].RecordId!;
        Assert.True(id.Length <= 64);
        Assert.EndsWith(".99", id, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stop_verified_on_receipt_is_verified_from_its_start()
    {
        Assert.Equal(Instant.Parse(Earlier), Apply(UseStop(true, At(Earlier))).UseStops[0].VerifiedAt);
        Assert.Equal(Instant.Earliest, Apply(UseStop(true, Unknown)).UseStops[0].VerifiedAt);
        Assert.Null(Apply(UseStop()).UseStops[0].VerifiedAt);
    }

    [Fact]
    public void A_verification_covers_all_stops_that_are_not_verified()
    {
        var stops = Apply(UseStop(true, At(Earlier)), UseStop(), UseStop(), Verification()).UseStops;
        Assert.Equal([Instant.Parse(Earlier), Now, Now], stops.Select(stop => stop.VerifiedAt));
    }

    [Fact]
    public void A_lift_of_all_leaves_what_was_received_after_it()
    {
        var optOuts = Apply(OptOut(Unknown), OptOut(At(Earlier)), OptOut(At(Later)), OptOutLift(At(Earlier))).DmOptOuts;
        Assert.Equal([Instant.Parse(Earlier), Instant.Parse(Earlier), null], optOuts.Select(optOut => optOut.LiftedAt));
    }

    [Fact]
    public void A_lift_of_one_record_leaves_the_others()
    {
        var optOuts = Apply(OptOut(id: "a"), OptOut(id: "b"), OptOutLift(id: "b")).DmOptOuts;
        Assert.Equal([null, Now], optOuts.Select(optOut => optOut.LiftedAt));
    }

    [Fact]
    public void A_record_dated_ahead_may_be_lifted_by_name_before_it_begins() =>
        Assert.Equal(Now, Apply(OptOut(At(Later), "a"), OptOutLift(id: "a")).DmOptOuts[0].LiftedAt);

    [Fact]
    public void A_stop_of_items_that_is_lifted_in_part_leaves_the_rest_stopped()
    {
        var stops = Apply(ItemStop(null, V1.DataItem.Name, V1.DataItem.Email), ItemStopLift(null, V1.DataItem.Email)).ItemStops;
        Assert.Equal([new ItemStop(ItemSet.Of(Item.Email), Now, Now), new ItemStop(ItemSet.Of(Item.Name), Now, null)], stops);
    }

    [Fact]
    public void What_ends_a_permission_at_an_unknown_time_has_ended_it()
    {
        Assert.Equal(Instant.Earliest, Apply(ConsentTo(), Withdrawal(Unknown)).Consents[0].WithdrawnAt);
        Assert.Equal(Instant.Earliest, Apply(AdMail(), AdMailRevocation(Unknown)).AdMailOptIns[0].RevokedAt);
        Assert.Equal(Instant.Earliest, Apply(Opening("O"), Closing("O", Unknown)).Obligations[0].ClosedAt);
    }

    [Fact]
    public void An_earlier_end_of_a_permission_wins_over_a_later_one()
    {
        Assert.Equal(Now, Apply(ConsentTo(), Withdrawal(At(Later)), Withdrawal()).Consents[0].WithdrawnAt);
        Assert.Equal(Now, Apply(AdMail(), AdMailRevocation(At(Later)), AdMailRevocation()).AdMailOptIns[0].RevokedAt);
        Assert.Equal(Now, Apply(Opening("O"), Closing("O", At(Later)), Closing("O")).Obligations[0].ClosedAt);
    }

    [Fact]
    public void A_withdrawal_covers_every_consent_to_the_recipient_and_no_other()
    {
        var consents = Apply(ConsentTo(At(Earlier)), ConsentTo(Unknown), ConsentTo(At(Later)), ConsentTo(recipient: "V-2"), Withdrawal()).Consents;
        Assert.Equal([Now, Now, Now, null], consents.Select(consent => consent.WithdrawnAt));
    }

    [Fact]
    public void A_withdrawal_of_one_consent_leaves_the_others()
    {
        var consents = Apply(ConsentTo(At(Earlier)), ConsentTo(), Withdrawal(granted: Time(Earlier))).Consents;
        Assert.Equal([Now, null], consents.Select(consent => consent.WithdrawnAt));
    }

    [Fact]
    public void Statuses_are_in_order_of_start_whatever_the_order_of_recording()
    {
        var facts = Apply(Status(V1.MemberStatus.Withdrawn, At(Later)), Status(V1.MemberStatus.WithdrawalPending), Status(V1.MemberStatus.Active, Unknown));
        Assert.Equal([MemberStatus.Active, MemberStatus.WithdrawalPending, MemberStatus.Withdrawn], facts.Statuses.Select(fact => fact.Status));
    }

    [Fact]
    public void Of_the_uses_of_the_service_the_latest_and_those_to_come_are_kept()
    {
        var facts = Apply(Use("2026-03-20T00:00:00Z"), Use(Later), Use(Earlier), Use("2026-03-25T00:00:00Z"));
        Assert.Equal([Instant.Parse("2026-03-25T00:00:00Z"), Instant.Parse(Later)], facts.ServiceUses);
    }

    [Fact]
    public void Opt_ins_to_surveys_are_kept_in_order() =>
        Assert.Equal([Instant.Parse(Earlier), Instant.Parse(Later)], Apply(Survey(Later), Survey(Earlier), Survey(Earlier)).SurveyOptIns);

    [Fact]
    public void The_earliest_acceptance_of_a_policy_version_counts()
    {
        Assert.Equal([new PolicyAcceptance("v2", Now)], Apply(Acceptance("v2", At(Later)), Acceptance("v2")).PolicyAcceptances);
        Assert.Equal([new PolicyAcceptance("v2", Now)], Apply(Acceptance("v2"), Acceptance("v2", At(Later))).PolicyAcceptances);
        Assert.Equal([new PolicyAcceptance("v2", Now)], Apply(Acceptance("v2", Unknown), Acceptance("v2")).PolicyAcceptances);
    }

    [Fact]
    public void An_erasure_leaves_the_tombstone_alone()
    {
        var facts = Apply(OptOut(), ConsentTo(), Erasure(At(Earlier)));
        Assert.True(facts.IsTombstone);
        Assert.Equal([new StatusFact(MemberStatus.Erased, Instant.Parse(Earlier))], facts.Statuses);
        Assert.Empty(facts.DmOptOuts);
        Assert.Null(facts.AcquiredPolicyVersion);
    }

    [Fact]
    public void An_erasure_dated_ahead_keeps_the_facts_and_may_be_brought_forward()
    {
        var facts = Apply(OptOut(), Erasure(At(Latest)), Erasure(At(Later)));
        Assert.False(facts.IsTombstone);
        Assert.Single(facts.DmOptOuts);
        Assert.Equal([new StatusFact(MemberStatus.Erased, Instant.Parse(Later))], facts.Statuses);
    }

    [Fact]
    public void Of_the_records_that_ended_the_newest_64_are_kept()
    {
        var facts = new MemberFacts
        {
            DmOptOuts = [.. Enumerable.Range(0, 100).Select(i => new DmOptOut($"r{i}", ChannelSet.All, null, Now.Plus(TimeSpan.FromHours(-i)))), new("open", ChannelSet.All, null, null)],
        };
        var kept = MemberChanges.Apply(facts, OptOut(), new ChangeContext("M1", Now, "key", 0)).DmOptOuts;
        Assert.Equal(64 + 2, kept.Length);
        Assert.Equal(Enumerable.Range(0, 64).Select(i => $"r{i}").Append("open").Append("key.0"), kept.Select(record => record.RecordId));
    }

    [Fact]
    public void A_record_that_is_in_effect_is_never_dropped()
    {
        var facts = new MemberFacts { DmOptOuts = [.. Enumerable.Range(0, 1_000).Select(i => new DmOptOut($"r{i}", ChannelSet.All, null, Now.Plus(TimeSpan.FromHours(i + 1))))] };
        var error = Assert.Throws<RpcException>(() => MemberChanges.Apply(facts, OptOut(), new ChangeContext("M1", Now, "key", 0)));
        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
        Assert.Contains("1000 opt-outs", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_withdrawn_consent_that_decides_is_never_dropped()
    {
        // The consent before the withdrawn one would decide if it were.
        var old = new ConsentFact("V-1", [], default, ConsentMethod.Explicit, Instant.Earliest, null, null, false);
        var withdrawn = Enumerable.Range(1, 200).Select(i => old with { RecipientId = $"V-{i}", GrantedAt = Instant.Parse(Earlier), WithdrawnAt = Now });
        var facts = new MemberFacts { Consents = [old, .. withdrawn] };
        var kept = MemberChanges.Apply(facts, ConsentTo(recipient: "W"), new ChangeContext("M1", Now, "key", 0)).Consents;
        Assert.Equal(202, kept.Length);
    }

    [Fact]
    public void Consents_that_ended_and_were_superseded_are_kept_up_to_64()
    {
        var consents = Enumerable.Range(0, 100).Select(i =>
            new ConsentFact("V-1", [], default, ConsentMethod.Explicit, Now.Plus(TimeSpan.FromHours(i - 200)), null, Now.Plus(TimeSpan.FromHours(i - 199)), false));
        var kept = MemberChanges.Apply(new MemberFacts { Consents = [.. consents] }, ConsentTo(), new ChangeContext("M1", Now, "key", 0)).Consents;
        Assert.Equal(64 + 1 + 1, kept.Length);
        Assert.Equal(Now, kept[^1].GrantedAt);
    }

    [Fact]
    public void Statuses_that_were_displaced_are_kept_up_to_64_and_the_present_one_stays()
    {
        var facts = new MemberFacts { Statuses = [.. Enumerable.Range(0, 100).Select(i => new StatusFact(MemberStatus.Active, Now.Plus(TimeSpan.FromHours(i - 100))))] };
        var kept = MemberChanges.Apply(facts, Status(V1.MemberStatus.Withdrawn, At(Later)), new ChangeContext("M1", Now, "key", 0)).Statuses;
        Assert.Equal(64 + 2, kept.Length);
        Assert.Equal(MemberStatus.Withdrawn, kept[^1].Status);
    }

    public static TheoryData<string, StatusCode, string, V1.MemberChange[]> Refused => new()
    {
        { "registered twice", StatusCode.AlreadyExists, "registered already", [Registration()] },
        { "the id of a record twice", StatusCode.AlreadyExists, "changes[1].dm_opt_out.record_id is \"a\"", [OptOut(id: "a"), OptOut(id: "a")] },
        { "the id of a use stop twice", StatusCode.AlreadyExists, "use_stop.record_id", [UseStop(id: "a"), UseStop(id: "a")] },
        { "the id of an opt-in twice", StatusCode.AlreadyExists, "ad_mail_opt_in.record_id", [AdMail(id: "a"), AdMail(id: "a")] },
        { "the same consent twice", StatusCode.AlreadyExists, "changes[1].consent.granted is 2026-04-01T00:00:00Z", [ConsentTo(), ConsentTo()] },
        { "a consent of unknown start twice", StatusCode.AlreadyExists, "granted is unknown", [ConsentTo(Unknown), ConsentTo(Unknown)] },
        { "an open obligation twice", StatusCode.AlreadyExists, "obligation_opening.ref is \"O\"", [Opening("O"), Opening("O", At(Later))] },
        { "nothing to lift", StatusCode.NotFound, "dm_opt_out_lift.record_id", [OptOutLift()] },
        { "nothing to lift yet", StatusCode.NotFound, "dm_opt_out_lift.record_id", [OptOut(At(Later)), OptOutLift()] },
        { "lifting an unknown record", StatusCode.NotFound, "dm_opt_out_lift.record_id is \"x\"", [OptOut(), OptOutLift(id: "x")] },
        { "lifting all twice", StatusCode.NotFound, "dm_opt_out_lift.record_id", [OptOut(), OptOutLift(), OptOutLift()] },
        { "lifting one twice", StatusCode.FailedPrecondition, "was lifted at 2026-04-01", [OptOut(id: "a"), OptOutLift(id: "a"), OptOutLift(id: "a")] },
        { "lifting before it began", StatusCode.InvalidArgument, "dm_opt_out_lift.start is 2026-03-01", [OptOut(id: "a"), OptOutLift(At(Earlier), "a")] },
        { "lifting items that are not stopped", StatusCode.NotFound, "item_stop_lift.items is Email", [ItemStop(null, V1.DataItem.Name), ItemStopLift(null, V1.DataItem.Name, V1.DataItem.Email)] },
        { "nothing to verify", StatusCode.NotFound, "use_stop_verification.record_id", [UseStop(true), Verification()] },
        { "verifying an unknown record", StatusCode.NotFound, "is \"x\"", [UseStop(), Verification(id: "x")] },
        { "verifying twice", StatusCode.FailedPrecondition, "verified or lifted", [UseStop(id: "a"), Verification(id: "a"), Verification(id: "a")] },
        { "nothing to revoke", StatusCode.NotFound, "ad_mail_opt_in_revocation.record_id", [AdMailRevocation()] },
        { "revoking twice", StatusCode.FailedPrecondition, "was revoked at", [AdMail(id: "a"), AdMailRevocation(id: "a"), AdMailRevocation(id: "a")] },
        { "nothing to withdraw", StatusCode.NotFound, "consent_withdrawal.recipient_id is \"V-1\"", [ConsentTo(recipient: "V-2"), Withdrawal()] },
        { "withdrawing an unknown consent", StatusCode.NotFound, "consent_withdrawal.granted_at", [ConsentTo(), Withdrawal(granted: Time(Earlier))] },
        { "withdrawing one twice", StatusCode.FailedPrecondition, "was withdrawn at", [ConsentTo(), Withdrawal(granted: Time("2026-04-01T00:00:00Z")), Withdrawal(granted: Time("2026-04-01T00:00:00Z"))] },
        { "a consent that expires before it is granted", StatusCode.InvalidArgument, "changes[0].consent.expires_at is 2026-03-01", [ConsentTo(expires: Time(Earlier))] },
        { "closing an unknown obligation", StatusCode.NotFound, "obligation_closing.ref is \"O\"", [Closing("O")] },
        { "closing twice", StatusCode.FailedPrecondition, "closed already", [Opening("O"), Closing("O"), Closing("O")] },
        { "a change after an erasure", StatusCode.FailedPrecondition, "was erased", [Erasure(), OptOut()] },
        { "erasing twice", StatusCode.FailedPrecondition, "was erased", [Erasure(Unknown), Erasure()] },
        { "putting an erasure off", StatusCode.FailedPrecondition, "is to be erased at 2026-05-01", [Erasure(At(Later)), Erasure(At(Latest))] },
        { "registering an erased member", StatusCode.FailedPrecondition, "was erased", [Erasure(), Registration()] },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_change_that_the_facts_do_not_admit_is_refused(string what, StatusCode code, string sentence, V1.MemberChange[] changes)
    {
        Assert.NotEmpty(what);
        var error = Assert.Throws<RpcException>(() => Apply(changes));
        Assert.Equal(code, error.StatusCode);
        Assert.Contains(sentence, error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void An_erasure_that_fell_due_bars_writes_before_it_is_carried_out()
    {
        var facts = Apply(Erasure(At(Later)));
        var error = Assert.Throws<RpcException>(() => MemberChanges.Apply(facts, OptOut(), new ChangeContext("M1", Instant.Parse(Later), "key", 0)));
        Assert.Equal(StatusCode.FailedPrecondition, error.StatusCode);
        Assert.Single(MemberChanges.Apply(facts, OptOut(), new ChangeContext("M1", new Instant(Instant.Parse(Later).UnixNanoseconds - 1), "key", 0)).DmOptOuts);
    }

    [Fact]
    public void The_first_change_of_a_member_is_its_registration()
    {
        var context = new ChangeContext("M1", Now, "key", 0);
        Assert.Equal(StatusCode.NotFound, Assert.Throws<RpcException>(() => MemberChanges.Apply(null, OptOut(), context)).StatusCode);
        Assert.Equal("v1", MemberChanges.Apply(null, Registration(), context).AcquiredPolicyVersion);
        Assert.Null(MemberChanges.Apply(null, Registration(""), context).AcquiredPolicyVersion);
    }

    [Fact]
    public void The_earliest_instant_may_be_stated() => Assert.Equal(Instant.Earliest, Apply(OptOut(At(Earliest))).DmOptOuts[0].At);
}
