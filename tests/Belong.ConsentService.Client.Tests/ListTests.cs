using Belong.Consent.V1;
using Belong.ConsentService.Cli.Tests;
using Belong.ConsentService.Testing;
using Grpc.Core;

namespace Belong.ConsentService.Client.Tests;

/// <summary>Lists whose connection is lost, and a service that does not keep its contract.</summary>
public class ListTests
{
    private const int Members = 20_000;

    /// <summary>What is done to a message of the screening, and what it comes to.</summary>
    public static TheoryData<string, Func<ScreenAudienceResponse, IEnumerable<ScreenAudienceResponse>>> Lies => new()
    {
        { "summary", message => message.Summary is null ? [message] : [] },
        { "stood still", message => message.Start is null ? [message] : [] },
        { "contradicts itself", message => message.Verdicts is null ? [message] : [message, message] },
        { "contradicts itself", message => message.Verdicts is null ? [message] : [] },
        { "contradicts itself", message => Bend(message, summary => summary.MemberCount--) },
        { "contradicts itself", message => Bend(message, summary => summary.AllowedCount++) },
        { "contradicts itself", message => Bend(message, summary => summary.IsComplete = false) },
        { "contradicts itself", message => Bend(message, summary => summary.Position = "other") },
        { "contradicts itself", message => Bend(message, summary => summary.Obligations.Clear()) },
    };

    [Theory]
    [MemberData(nameof(Lies))]
    public async Task A_list_that_does_not_fit_together_is_none(string problem, Func<ScreenAudienceResponse, IEnumerable<ScreenAudienceResponse>> lie)
    {
        await using var service = await FakeService.StartAsync();
        using var client = service.Open(options => (options.StreamRetry, options.StreamStandstill) = (TimeSpan.Zero, TimeSpan.FromSeconds(1)));
        service.Audience.Tamper = lie;
        var screening = client.Screen(Question(), Ids(100));

        var error = await Assert.ThrowsAnyAsync<ConsentException>(() => ReadAsync(screening));

        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(screening.Complete);
    }

    [Fact]
    public async Task Nothing_is_final_before_the_end()
    {
        await using var service = await FakeService.StartAsync();
        using var client = service.Open();
        var screening = client.Screen(Question(), Ids(Members));

        await foreach (var verdict in screening)
        {
            Assert.IsType<CandidateVerdict>(verdict);
            break;
        }

        Assert.Throws<InvalidOperationException>(screening.Complete);
        await Assert.ThrowsAsync<InvalidOperationException>(() => ReadAsync(screening));
    }

    [Fact]
    public async Task A_list_goes_on_over_lost_connections_with_the_position_of_its_first_start()
    {
        await using var service = await FakeService.StartAsync();
        await using var proxy = CuttableProxy.Start(service.Port);
        using var client = service.Open(options => options.Addresses = [$"http://{proxy.Endpoint}"]);
        service.Audience.Judge = static (id, _) => [id.EndsWith('7') ? ReasonCode.DmOptedOut : ReasonCode.UsePermitted];
        var screening = client.Screen(Question(), Ids(Members));
        var told = new List<MemberVerdict>();

        await foreach (var verdict in screening)
        {
            told.Add(verdict);
            if (told.Count is 3_000 or 9_500 or 15_001)
            {
                proxy.Cut();
                proxy.Restore();
            }
        }

        Assert.Equal(Enumerable.Range(0, Members).Select(i => $"M{i}"), told.Select(verdict => verdict.MemberId));
        Assert.All(told, verdict => Assert.Equal(verdict.MemberId.EndsWith('7'), verdict is RefusedVerdict));
        Assert.True(service.Audience.Streams.Count > 1);
        Assert.Equal(["", .. Enumerable.Repeat("P1", service.Audience.Streams.Count - 1)], service.Audience.Positions);
        var completed = screening.Complete();
        Assert.Equal(("P1", Members, Members * 9 / 10), (completed.Position, completed.MemberCount, completed.CandidateCount));
        Assert.Throws<ObligationNotHonouredException>(() => completed.RequireHonoured());
    }

    [Fact]
    public async Task Memory_is_bounded_by_who_does_not_read()
    {
        await using var service = await FakeService.StartAsync();
        using var client = service.Open();
        var read = 0;
        await using var verdicts = client.Screen(Question(), Counted()).GetAsyncEnumerator();
        Assert.True(await verdicts.MoveNextAsync());
        await Task.Delay(300);

        Assert.InRange(Volatile.Read(ref read), 1, 20_000);

        async IAsyncEnumerable<string> Counted()
        {
            await Task.Yield();
            for (var i = 0; i < 1_000_000; i++)
            {
                Interlocked.Increment(ref read);
                yield return $"M{i}";
            }
        }
    }

    [Fact]
    public async Task Who_could_not_be_decided_is_asked_again_and_a_list_with_such_is_not_complete()
    {
        await using var service = await FakeService.StartAsync();
        using var client = service.Open();
        service.Audience.Judge = static (id, times) => [id == "M3" && times == 1 ? ReasonCode.FactsStale : id == "M5" ? ReasonCode.FactsUnavailable : ReasonCode.UsePermitted];
        var screening = client.Screen(Question(), Ids(10));

        var told = await ReadAsync(screening);

        Assert.Equal(10, told.Count);
        Assert.IsType<CandidateVerdict>(told.Single(verdict => verdict.MemberId == "M3"));
        Assert.IsType<UndecidedVerdict>(told.Single(verdict => verdict.MemberId == "M5"));
        Assert.Throws<ScreeningIncompleteException>(screening.Complete);
        await Assert.ThrowsAsync<ScreeningIncompleteException>(() => client.ScreenAsync(Question(), Ids(10), [Obligation.RecheckAtSend]));
    }

    [Fact]
    public async Task An_audience_with_an_obligation_that_is_not_met_is_none()
    {
        await using var service = await FakeService.StartAsync();
        using var client = service.Open();

        await Assert.ThrowsAsync<ObligationNotHonouredException>(() => client.ScreenAsync(Question(), Ids(10), []));
    }

    [Fact]
    public async Task Who_left_is_in_no_wave_also_when_the_connection_is_lost_and_when_facts_could_not_be_read()
    {
        await using var service = await FakeService.StartAsync();
        using var client = service.Open();
        var audience = await client.ScreenAsync(Question(), Ids(10), [Obligation.RecheckAtSend]);
        service.Audience.Judge = static (id, _) => [id == "M7" ? ReasonCode.UseStoppedFull : ReasonCode.UsePermitted];
        service.Audience.Sessions.Enqueue(new WatchSession([FakeAudience.Changed(("M1", [ReasonCode.DmOptedOut]))], Stopping()));
        service.Audience.Sessions.Enqueue(new WatchSession(
            [FakeAudience.Changed(("M7", [ReasonCode.FactsStale]), ("M8", [ReasonCode.FactsStale]), ("M99", [ReasonCode.DmOptedOut])), FakeAudience.Heartbeat("P5")], Hangs: true));

        var sent = await SendAllAsync(audience);

        Assert.Equal(["M0", "M2", "M3", "M4", "M5", "M6", "M8", "M9"], sent);
        Assert.Equal([("M1", ReasonCode.DmOptedOut), ("M7", ReasonCode.UseStoppedFull)], audience.Left.Select(left => (left.Key, left.Value)).Order());
    }

    [Fact]
    public async Task When_everything_changed_the_rest_is_screened_again_and_watched_from_there()
    {
        await using var service = await FakeService.StartAsync();
        using var client = service.Open();
        var audience = await client.ScreenAsync(Question(), Ids(5), [Obligation.RecheckAtSend]);
        service.Audience.Judge = static (id, _) => [id == "M2" ? ReasonCode.PurposeNotCovered : ReasonCode.UsePermitted];
        service.Audience.Sessions.Enqueue(new WatchSession([FakeAudience.Everything("X1")], Hangs: true));

        Assert.Equal(["M0", "M1", "M3", "M4"], await SendAllAsync(audience));
        Assert.Equal(ReasonCode.PurposeNotCovered, audience.Left["M2"]);
        Assert.Equal(["P1", "P2", "P2"], service.Audience.Watches.Select(watch => watch.Position));
    }

    [Fact]
    public async Task A_wave_waits_until_the_watch_is_current()
    {
        await using var service = await FakeService.StartAsync();
        using var client = service.Open();
        var audience = await client.ScreenAsync(Question(), Ids(5), [Obligation.RecheckAtSend]);
        service.Audience.Sessions.Enqueue(new WatchSession([FakeAudience.Heartbeat("P2", isCurrent: false)], Hangs: true));
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(1));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => audience.NextWaveAsync(5, end.Token));

        Assert.Equal(5, audience.Count);
    }

    [Fact]
    public async Task What_is_current_and_older_than_the_call_does_not_do_for_a_wave()
    {
        await using var service = await FakeService.StartAsync();
        using var client = service.Open();
        var audience = await client.ScreenAsync(Question(), Ids(3), [Obligation.RecheckAtSend]);
        var old = FakeAudience.Heartbeat("P2");
        old.Heartbeat.AgeMs = 60_000;
        service.Audience.Sessions.Enqueue(new WatchSession([old, FakeAudience.Changed(("M1", [ReasonCode.DmOptedOut]))], Hangs: true));

        Assert.Equal(["M0", "M2"], await SendAllAsync(audience));
    }

    [Fact]
    public async Task A_wave_ends_with_its_time_and_the_rest_comes_again()
    {
        await using var service = await FakeService.StartAsync();
        var clock = new ShiftedClock();
        using var client = service.Open(clock: clock);
        var audience = await client.ScreenAsync(Question(), Ids(5), [Obligation.RecheckAtSend]);
        var wave = await audience.NextWaveAsync(5);
        Assert.True(wave!.TryTake(out var first));

        clock.Tell(Wave.Validity);

        Assert.False(wave.TryTake(out _));
        Assert.Equal("M0", first.MemberId);
        Assert.Equal(["M1", "M2", "M3", "M4"], await SendAllAsync(audience));
    }

    [Fact]
    public async Task A_watch_tells_of_a_lost_connection_and_goes_on_from_its_last_position()
    {
        await using var service = await FakeService.StartAsync();
        using var client = service.Open();
        service.Audience.Sessions.Enqueue(new WatchSession([FakeAudience.Heartbeat("P2")], Stopping()));
        service.Audience.Sessions.Enqueue(new WatchSession([FakeAudience.Changed(("M1", [ReasonCode.DmOptedOut])), FakeAudience.Heartbeat("P3")], AudienceScript.TooOld()));
        var told = new List<string>();

        var end = await Assert.ThrowsAsync<ScreenAgainException>(async () =>
        {
            await foreach (var item in client.WatchAsync(Question(), "P1"))
            {
                told.Add(item is WatchProgress progress ? $"{progress.Position} {progress.IsCurrent}" : item.GetType().Name);
            }
        });

        Assert.Equal(["P2 True", "P2 False", "MembersJudged", "P3 True"], told);
        Assert.Equal(["P1", "P2"], service.Audience.Watches.Select(watch => watch.Position));
        Assert.Contains("screen the list again", end.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<ScreenAudienceResponse> Bend(ScreenAudienceResponse message, Action<ScreenSummary> bend)
    {
        if (message.Summary is { } summary)
        {
            bend(summary);
        }

        return [message];
    }

    private static RpcException Stopping() => Script.Refusal(StatusCode.Unavailable, "STOPPING");

    private static AudienceHeader Question() => new() { Use = new CheckUseRequest { Purposes = { Purpose.DirectMarketing }, Channel = Belong.Consent.V1.Channel.Postal } };

    private static IAsyncEnumerable<string> Ids(int count) => Enumerable.Range(0, count).Select(i => $"M{i}").ToAsyncEnumerable();

    private static async Task<List<MemberVerdict>> ReadAsync(Screening screening) => await screening.ToListAsync();

    private static async Task<List<string>> SendAllAsync(PermittedAudience audience)
    {
        var sent = new List<string>();
        while (await audience.NextWaveAsync(3) is { } wave)
        {
            while (wave.TryTake(out var to))
            {
                sent.Add(to.MemberId);
            }
        }

        return sent;
    }
}
