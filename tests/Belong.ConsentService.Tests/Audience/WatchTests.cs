using Belong.Consent.V1;
using Belong.ConsentService.Tests.Hosting;
using static Belong.ConsentService.Tests.Registry.Changes;
using Cause = Belong.Consent.V1.EverythingChanged.Types.Cause;
using Instant = Belong.ConsentService.Rules.Instant;

namespace Belong.ConsentService.Tests.Audience;

/// <summary>What a watch tells, and when.</summary>
public sealed class WatchTests
{
    private static string Soon => Instant.From(DateTimeOffset.UtcNow.AddSeconds(4)).ToString();

    [Fact]
    public async Task Who_changes_is_told_with_the_answer_of_now()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await StartAsync(stage, "M-1", "M-2");
        await using var watched = await WatchedStream.OpenCurrentAsync(instance);
        Assert.Empty(watched.Told);

        await instance.RecordAsync("M-1", OptOut());
        await watched.UntilToldAsync("M-1", isAllowed: false);
        var changed = watched.Events.Select(e => e.MembersChanged).First(e => e is not null);
        Assert.Equal(["M-1"], changed.MemberIds);
        Assert.Equal([(byte)ReasonCode.DmOptedOut], changed.PrimaryReasons);
        Assert.Equal((0, ReasonCode.DmOptedOut), (changed.Refused.Single().Index, changed.Refused.Single().Reasons.Single()));
        Assert.InRange(changed.EvaluatedAt.ToDateTime(), DateTime.UtcNow.AddSeconds(-20), DateTime.UtcNow);

        await instance.RecordAsync("M-1", OptOutLift());
        await watched.UntilToldAsync("M-1", isAllowed: true);
        Assert.DoesNotContain("M-2", watched.Told);
        Assert.Empty(stage.Warnings.Without());
    }

    [Theory]
    [InlineData(ReasonDetail.Unspecified, 0, 0)]
    [InlineData(ReasonDetail.Primary, 1, 0)]
    [InlineData(ReasonDetail.All, 1, 1)]
    public async Task As_much_is_told_of_reasons_as_was_asked_for(ReasonDetail detail, int primary, int refused)
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await StartAsync(stage, "M-1");
        var header = WatchedStream.Mail;
        header.Reasons = detail;
        await using var watched = await WatchedStream.OpenCurrentAsync(instance, header: header);
        await instance.RecordAsync("M-1", OptOut());
        await watched.UntilToldAsync("M-1", isAllowed: false);
        var changed = watched.Events.Select(e => e.MembersChanged).First(e => e is not null);
        Assert.Equal((primary, refused), (changed.PrimaryReasons.Length, changed.Refused.Count));
    }

    [Fact]
    public async Task From_the_position_of_a_screening_is_told_who_left_since_and_nobody_else()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await StartAsync(stage, "M-1", "M-2", "M-3");
        var position = await ScreenAsync(instance, "M-1", "M-2", "M-3");
        await instance.RecordAsync("M-2", OptOut());
        await stage.WaitUntilCoveredAsync(instance);

        await using var watched = await WatchedStream.OpenCurrentAsync(instance, position);
        Assert.Equal(["M-2"], watched.Told.Distinct());
        Assert.Equal((false, ReasonCode.DmOptedOut), watched.AnswerOf("M-2"));
        Assert.Empty(watched.Everything);
    }

    [Fact]
    public async Task Another_instance_goes_on_where_one_ended()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var one = await StartAsync(stage, "M-1", "M-2");
        var other = await stage.StartFreshAsync();
        string position;
        await using (var watched = await WatchedStream.OpenCurrentAsync(one))
        {
            await one.RecordAsync("M-1", OptOut());
            await watched.UntilToldAsync("M-1", isAllowed: false);
            await watched.UntilCaughtUpAsync();
            position = watched.LastHeartbeat!.Position;
        }

        await one.RecordAsync("M-2", OptOut());
        await stage.WaitUntilCoveredAsync(other);
        await using var resumed = await WatchedStream.OpenCurrentAsync(other, position);
        Assert.Equal((false, ReasonCode.DmOptedOut), resumed.AnswerOf("M-2"));
        Assert.Empty(resumed.Everything);
    }

    [Fact]
    public async Task What_is_dated_ahead_is_told_when_it_begins_and_when_it_ends()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await StartAsync(stage, "M-1", "M-2");
        await using var watched = await WatchedStream.OpenCurrentAsync(instance);
        var begins = Soon;
        await instance.RecordAsync("M-1", OptOut(At(begins)));
        await watched.UntilToldAsync("M-1", isAllowed: true);
        Assert.True(DateTime.UtcNow < Instant.Parse(begins).ToDateTime(), "the machine was too slow for this test");

        await watched.UntilToldAsync("M-1", isAllowed: false);
        Assert.True(DateTime.UtcNow >= Instant.Parse(begins).ToDateTime());
        await instance.RecordAsync("M-1", OptOutLift(At(Soon)));
        await watched.UntilToldAsync("M-1", isAllowed: true);
        Assert.DoesNotContain("M-2", watched.Told);
    }

    /// <summary>Also where the clock was set back after the position was given and before the list was judged.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task What_began_while_nobody_watched_is_told_from_the_position_before_it(int aheadSeconds)
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await StartAsync(stage, "M-1", "M-2");
        var begins = Soon;
        await instance.RecordAsync("M-1", OptOut(At(begins)));
        await stage.WaitUntilCoveredAsync(instance);
        var position = await ScreenAsync(instance, "M-1");
        Assert.True(DateTime.UtcNow < Instant.Parse(begins).ToDateTime(), "the machine was too slow for this test");
        await Waiting.UntilAsync(() => DateTime.UtcNow > Instant.Parse(begins).ToDateTime());

        await using var watched = await WatchedStream.OpenCurrentAsync(instance, WatchFaultTests.Moved(position, TimeSpan.FromSeconds(aheadSeconds)));
        Assert.Equal((false, ReasonCode.DmOptedOut), watched.AnswerOf("M-1"));
        Assert.DoesNotContain("M-2", watched.Told);
    }

    [Fact]
    public async Task What_the_question_reads_of_the_register_changed_and_so_everything_may_have()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await StartAsync(stage, "M-1");
        await using var mail = await WatchedStream.OpenCurrentAsync(instance);
        await using var carrier = await WatchedStream.OpenCurrentAsync(instance, header: WatchedStream.Carrier);
        var position = carrier.LastHeartbeat!.Position;
        await instance.RecordAsync(Vendor("V-CARRIER", VendorStatus.Suspended));
        await carrier.UntilAsync(watched => watched.Everything.Any());
        Assert.Equal([Cause.RegisterChanged], carrier.Everything.Select(e => e.Cause));

        // Told once, and not again from where it was told.
        await using var resumed = await WatchedStream.OpenCurrentAsync(instance, carrier.Everything.Single().Position, WatchedStream.Carrier);
        Assert.Empty(resumed.Everything);
        await using var before = await WatchedStream.OpenCurrentAsync(instance, position, WatchedStream.Carrier);
        Assert.Equal([Cause.RegisterChanged], before.Everything.Select(e => e.Cause));
        await mail.UntilCaughtUpAsync();
        Assert.Empty(mail.Everything);
    }

    [Fact]
    public async Task What_was_recorded_in_the_register_and_taken_back_is_told_too()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await StartAsync(stage, "M-1");
        await instance.RecordAsync(Vendor("V-CARRIER", VendorStatus.Suspended));
        await stage.WaitUntilCoveredAsync(instance);
        var position = await ScreenAsync(instance, WatchedStream.Carrier, "M-1");
        await instance.RecordAsync(Vendor("V-CARRIER", VendorStatus.Active));
        await instance.RecordAsync(Vendor("V-CARRIER", VendorStatus.Suspended));
        await stage.WaitUntilCoveredAsync(instance);
        await using var watched = await WatchedStream.OpenCurrentAsync(instance, position, WatchedStream.Carrier);
        Assert.Equal([Cause.RegisterChanged], watched.Everything.Select(e => e.Cause));
    }

    [Fact]
    public async Task What_begins_or_ends_in_the_register_changes_everything()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await StartAsync(stage, "M-1");
        var ends = Soon;
        var change = Vendor("V-CARRIER", VendorStatus.Active);
        change.Vendor.Contracts[0].To = Time(ends);
        await instance.RecordAsync(change);
        await stage.WaitUntilCoveredAsync(instance);
        await using var watched = await WatchedStream.OpenCurrentAsync(instance, header: WatchedStream.Carrier);
        var position = watched.LastHeartbeat!.Position;
        Assert.True(DateTime.UtcNow < Instant.Parse(ends).ToDateTime(), "the machine was too slow for this test");
        Assert.Empty(watched.Everything);

        await watched.UntilAsync(e => e.Everything.Any());
        Assert.Equal([Cause.RegisterTime], watched.Everything.Select(e => e.Cause));
        Assert.True(DateTime.UtcNow > Instant.Parse(ends).ToDateTime());
        await using var resumed = await WatchedStream.OpenCurrentAsync(instance, position, WatchedStream.Carrier);
        Assert.Equal([Cause.RegisterTime], resumed.Everything.Select(e => e.Cause));
        // As of an instance whose clock was set back meanwhile.
        await using var ahead = await WatchedStream.OpenCurrentAsync(instance, WatchFaultTests.Moved(position, TimeSpan.FromSeconds(3)), WatchedStream.Carrier);
        Assert.Equal([Cause.RegisterTime], ahead.Everything.Select(e => e.Cause));
    }

    [Fact]
    public async Task Of_another_question_than_the_position_is_of_everything_may_have_changed()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await StartAsync(stage, "M-1");
        var position = await ScreenAsync(instance, "M-1");
        await using var watched = await WatchedStream.OpenCurrentAsync(instance, position, WatchedStream.Carrier);
        Assert.Equal([Cause.RegisterChanged], watched.Everything.Select(e => e.Cause));
    }

    [Fact]
    public async Task Heartbeats_come_each_second_with_positions_that_move_on()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await StartAsync(stage);
        await using var watched = await WatchedStream.OpenCurrentAsync(instance);
        await watched.UntilAsync(e => e.Heartbeats.Count() >= 4);
        Assert.All(watched.Heartbeats.Skip(1), beat => Assert.InRange(beat.AgeMs, 0, 60_000));
        Assert.Equal(watched.Heartbeats.Count(), watched.Heartbeats.Select(beat => beat.Position).Distinct().Count());
    }

    internal static async Task<ServiceInstance> StartAsync(ServiceStage stage, params string[] members)
    {
        var instance = await stage.StartWithPolicyAsync();
        foreach (var member in members)
        {
            await instance.RecordAsync(member, Registration());
        }

        await stage.WaitUntilCoveredAsync(instance);
        return instance;
    }

    internal static Task<string> ScreenAsync(ServiceInstance instance, params string[] members) => ScreenAsync(instance, WatchedStream.Mail, members);

    internal static async Task<string> ScreenAsync(ServiceInstance instance, AudienceHeader header, params string[] members)
    {
        using var call = new ConsentAudience.ConsentAudienceClient(instance.Channel).ScreenAudience();
        await call.RequestStream.WriteAsync(new ScreenAudienceRequest { Header = header });
        await call.RequestStream.WriteAsync(new ScreenAudienceRequest { Chunk = new MemberChunk { MemberIds = { members } } });
        await call.RequestStream.CompleteAsync();
        var position = "";
        while (await call.ResponseStream.MoveNext(default))
        {
            position = call.ResponseStream.Current.Start?.Position ?? position;
        }

        Assert.NotEqual("", position);
        return position;
    }

    internal static RegisterChange Vendor(string id, VendorStatus status)
    {
        var vendor = Testing.Mix.DemoRegister.Changes.Select(change => change.Vendor).First(vendor => vendor?.Id == id).Clone();
        vendor.Status = status;
        return new RegisterChange { Vendor = vendor };
    }
}
