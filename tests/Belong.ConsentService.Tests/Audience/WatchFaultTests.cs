using Belong.Consent.V1;
using Belong.ConsentService.Audience;
using Belong.ConsentService.Tests.Hosting;
using Google.Rpc;
using Grpc.Core;
using static Belong.ConsentService.Tests.Registry.Changes;
using Instant = Belong.ConsentService.Rules.Instant;

namespace Belong.ConsentService.Tests.Audience;

/// <summary>What a watch does while stores fail, and when it cannot go on.</summary>
public sealed class WatchFaultTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(2);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task While_PostgreSQL_is_away_heartbeats_go_on_and_say_so_and_nothing_is_lost(bool isCut)
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await StartAsync(stage, "M-1");
        await using var watched = await WatchedStream.OpenCurrentAsync(instance);
        if (isCut)
        {
            stage.Lookups.Cut();
        }
        else
        {
            stage.Lookups.Stall();
        }

        await watched.UntilAsync(e => e.LastHeartbeat is { IsCurrent: false });
        var old = watched.LastHeartbeat!;
        Assert.True(old.AgeMs > Bound.TotalMilliseconds);
        await OptOutAsync(stage, "M-1");
        var seen = watched.Events.Count;
        var started = TimeProvider.System.GetTimestamp();
        await watched.UntilAsync(e => e.Events.Skip(seen).Count(one => one.Heartbeat is { IsCurrent: false } beat && beat.Position == old.Position) >= 3);
        // A look at a database that hangs takes five seconds, and is not waited for.
        Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalSeconds, 0, 9);
        Assert.Empty(watched.Told);
        await Waiting.UntilAsync(async () => (await instance.Http.GetStringAsync("/metrics")).Split('\n').Any(line => line.StartsWith("consent_watch_failures_total ", StringComparison.Ordinal) && !line.EndsWith(" 0", StringComparison.Ordinal)));

        stage.Lookups.Restore();
        await watched.UntilToldAsync("M-1", isAllowed: false);
        await watched.UntilCurrentAsync();
    }

    [Fact]
    public async Task While_Redis_is_away_PostgreSQL_tells()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await StartAsync(stage, "M-1");
        await using var watched = await WatchedStream.OpenCurrentAsync(instance);
        stage.Redis.Cut();
        await Waiting.UntilAsync(() => instance.State.CacheBreaks != instance.Cache.Breaks);
        await OptOutAsync(stage, "M-1");
        await watched.UntilToldAsync("M-1", isAllowed: false);
        await watched.UntilCaughtUpAsync();
    }

    [Fact]
    public async Task While_the_feed_stands_still_PostgreSQL_tells()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await WatchTests.StartAsync(stage, "M-1");
        await using var watched = await WatchedStream.OpenCurrentAsync(instance);
        await stage.StopFeedAsync();
        await OptOutAsync(stage, "M-1");
        // Older than is waited for, and younger than the bound.
        stage.Clock.Advance(TimeSpan.FromSeconds(10));
        await watched.UntilToldAsync("M-1", isAllowed: false);
        await watched.UntilCurrentAsync();
        Assert.True(instance.CacheAge > TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task While_the_register_cannot_be_read_a_heartbeat_is_as_old_as_what_is_known_of_it()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await WatchTests.StartAsync(stage, "M-1");
        await using var watched = await WatchedStream.OpenCurrentAsync(instance);
        await using (var connection = await stage.Database.OpenConnectionAsync())
        await using (await connection.BeginTransactionAsync())
        {
            await using var hold = new Npgsql.NpgsqlCommand("LOCK TABLE vendor", connection);
            await hold.ExecuteNonQueryAsync();
            await stage.StopFeedAsync();
            stage.Clock.Advance(TimeSpan.FromSeconds(20));
            await OptOutAsync(stage, "M-1");
            // PostgreSQL tells of members meanwhile.
            await watched.UntilToldAsync("M-1", isAllowed: false);
            var seen = watched.Events.Count;
            await watched.UntilAsync(e => e.Events.Skip(seen).Any(one => one.Heartbeat is not null));
            Assert.InRange(watched.LastHeartbeat!.AgeMs, 20_000, 60_000);
        }

        await watched.UntilAsync(e => e.LastHeartbeat is { IsCurrent: true, AgeMs: < 15_000 });
    }

    [Fact]
    public async Task Without_any_store_a_watch_waits_for_its_beginning()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await StartAsync(stage, "M-1");
        stage.Lookups.Cut();
        stage.Redis.Cut();
        await Waiting.UntilAsync(() => instance.CacheAge > Bound);
        await using var watched = WatchedStream.Open(instance);
        await watched.UntilAsync(e => e.Heartbeats.Count() >= 2);
        Assert.All(watched.Heartbeats, beat => Assert.Equal(("", false), (beat.Position, beat.IsCurrent)));

        stage.Lookups.Restore();
        stage.Redis.Restore();
        await watched.UntilCurrentAsync();
        await OptOutAsync(stage, "M-1");
        await watched.UntilToldAsync("M-1", isAllowed: false);
    }

    [Fact]
    public async Task A_member_whose_facts_cannot_be_read_is_told_of_as_such_and_holds_up_nobody()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await WatchTests.StartAsync(stage, "M-1", "M-2");
        await using var watched = await WatchedStream.OpenCurrentAsync(instance);
        await stage.ExecuteAsync("""UPDATE member SET facts = CASE id WHEN 'M-1' THEN '{"statuses":[{}]}' ELSE facts || '{"dm_opt_outs":[{"channels":["ALL"]}]}' END""");
        await watched.UntilToldAsync("M-2", isAllowed: false);
        Assert.Equal((false, ReasonCode.FactsUnavailable), watched.AnswerOf("M-1"));
        Assert.Equal((false, ReasonCode.DmOptedOut), watched.AnswerOf("M-2"));
        await watched.UntilCurrentAsync();
    }

    [Fact]
    public async Task A_database_that_took_the_place_of_another_ends_the_watch_and_its_positions()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await WatchTests.StartAsync(stage, "M-1");
        await using var watched = await WatchedStream.OpenCurrentAsync(instance);
        var position = watched.LastHeartbeat!.Position;
        var generation = await stage.ReadGenerationAsync();
        await stage.ExecuteAsync("UPDATE facts_identity SET generation = 'other'");
        AssertTooOld(await watched.EndAsync(), $"position is of the database {generation}, which is ");
        await using var again = WatchedStream.Open(instance, position);
        AssertTooOld(await again.EndAsync(), $"position is of the database {generation}, which is ");
        Assert.Empty(again.Events);
    }

    [Fact]
    public async Task A_database_that_lacks_the_mark_seen_last_is_not_read_from()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await WatchTests.StartAsync(stage, "M-1");
        await using var watched = await WatchedStream.OpenCurrentAsync(instance);
        // As a copy of the disk that was put back, before anybody has noticed: the renewal waits.
        stage.Feed.Stall();
        await using var connection = await stage.Database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var hold = new Npgsql.NpgsqlCommand("SELECT FROM facts_identity FOR UPDATE", connection);
        await hold.ExecuteNonQueryAsync();
        await stage.ExecuteAsync("DELETE FROM lineage");
        var before = instance.Get<WatchCounters>().Failures;
        await OptOutAsync(stage, "M-1");
        await Waiting.UntilAsync(() => instance.Get<WatchCounters>().Failures >= before + 3);
        Assert.Empty(watched.Told);

        await transaction.CommitAsync();
        AssertTooOld(await watched.EndAsync(), "position is of the database ");
    }

    [Fact]
    public async Task A_position_that_is_older_than_allowed_is_refused_and_one_that_is_not_is_followed()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await WatchTests.StartAsync(stage, "M-1");
        var position = await WatchTests.ScreenAsync(instance, "M-1");
        await using var old = WatchedStream.Open(instance, Moved(position, TimeSpan.FromDays(-7).Add(TimeSpan.FromSeconds(-1))));
        AssertTooOld(await old.EndAsync(), "position is of 20");
        await using var watched = await WatchedStream.OpenCurrentAsync(instance, Moved(position, TimeSpan.FromDays(-7).Add(TimeSpan.FromMinutes(1))));
    }

    [Fact]
    public async Task What_is_no_position_is_refused()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await WatchTests.StartAsync(stage, "M-1");
        var position = await WatchTests.ScreenAsync(instance, "M-1");
        await AssertMalformedAsync(instance, "x\n" + new string('y', 200), $"position is 'x?{new string('y', 78)}…': a position that ScreenAudience or WatchDecisions gave is allowed");
        await AssertMalformedAsync(instance, position[..^1] + (position[^1] == 'A' ? 'B' : 'A'), null);
        await AssertMalformedAsync(instance, Moved(position, TimeSpan.FromMinutes(2)), null);
        await using var watched = await WatchedStream.OpenCurrentAsync(instance, Moved(position, TimeSpan.FromSeconds(30)));
    }

    /// <summary>As the position of an instance whose clock is ahead.</summary>
    [Fact]
    public async Task What_begins_before_the_time_of_a_position_is_told_by_a_clock_that_is_behind()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await WatchTests.StartAsync(stage, "M-1");
        var position = await WatchTests.ScreenAsync(instance, "M-1");
        await using var watched = await WatchedStream.OpenCurrentAsync(instance, Moved(position, TimeSpan.FromSeconds(30)));
        await instance.RecordAsync("M-1", OptOut(At(Instant.From(DateTimeOffset.UtcNow.AddSeconds(1.5)).ToString())));
        await watched.UntilToldAsync("M-1", isAllowed: true);
        await watched.UntilToldAsync("M-1", isAllowed: false);
    }

    [Fact]
    public async Task A_header_at_fault_is_refused_as_in_a_check()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await WatchTests.StartAsync(stage, "M-1");
        await using var none = WatchedStream.Open(instance, header: new AudienceHeader());
        Assert.Equal(StatusCode.InvalidArgument, (await none.EndAsync()).StatusCode);
        var call = new ConsentAudience.ConsentAudienceClient(instance.Channel).WatchDecisions(new WatchDecisionsRequest());
        Assert.Equal("header is missing: the header of the screening is required", (await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(default))).Status.Detail);
    }

    [Fact]
    public async Task Watches_above_the_limit_are_refused()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await stage.StartWithPolicyAsync(settings => settings.Limits.MaxConcurrentWatches = 1);
        await using (var first = await WatchedStream.OpenCurrentAsync(instance))
        {
            await using var second = WatchedStream.Open(instance);
            var refused = await second.EndAsync();
            Assert.Equal((StatusCode.ResourceExhausted, "The calls of WatchDecisions in flight are 1, the most that Consent:Limits:MaxConcurrentWatches allows at once: try again in a moment"), (refused.StatusCode, refused.Status.Detail));
            Assert.Contains("consent_in_flight{limit=\"watches\"} 1", await instance.Http.GetStringAsync("/metrics"), StringComparison.Ordinal);
        }

        await Waiting.UntilAsync(() => Overload.OverloadTests.InFlight(instance, "watches") == 0);
        await using var third = await WatchedStream.OpenCurrentAsync(instance);
        Assert.Empty(stage.Warnings.Without());
    }

    [Fact]
    public async Task Who_stops_ends_its_watches_at_once()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await WatchTests.StartAsync(stage, "M-1");
        await using var watched = await WatchedStream.OpenCurrentAsync(instance);
        var started = TimeProvider.System.GetTimestamp();
        await instance.App.StopAsync();
        Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalSeconds, 0, 15);
        var ended = await watched.EndAsync();
        Assert.Equal((StatusCode.Unavailable, "the instance stops: go on from the last position at another"), (ended.StatusCode, ended.Status.Detail));
    }

    private static async Task<ServiceInstance> StartAsync(ServiceStage stage, string member)
    {
        var instance = await stage.StartWithPolicyAsync(settings => settings.Freshness.SensitiveBoundMs = (int)Bound.TotalMilliseconds);
        await instance.RecordAsync(member, Registration());
        await stage.WaitUntilCoveredAsync(instance);
        return instance;
    }

    /// <summary>Past the instance.</summary>
    private static Task OptOutAsync(ServiceStage stage, string member) =>
        stage.ExecuteAsync($$"""UPDATE member SET facts = facts || '{"dm_opt_outs":[{"channels":["ALL"]}]}' WHERE id = '{{member}}'""");

    internal static string Moved(string position, TimeSpan by)
    {
        Assert.True(ListPosition.TryParse(position, out var parsed));
        return (parsed with { At = parsed.At.Plus(by) }).ToString();
    }

    private static async Task AssertMalformedAsync(ServiceInstance instance, string position, string? sentence)
    {
        await using var watched = WatchedStream.Open(instance, position);
        var refused = await watched.EndAsync();
        Assert.Equal((StatusCode.InvalidArgument, sentence ?? refused.Status.Detail), (refused.StatusCode, refused.Status.Detail));
        Assert.Equal("position", refused.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations.Single().Field);
    }

    private static void AssertTooOld(RpcException ended, string beginning)
    {
        Assert.Equal((StatusCode.FailedPrecondition, "POSITION_TOO_OLD"), (ended.StatusCode, ended.GetRpcStatus()?.GetDetail<ErrorInfo>()?.Reason));
        Assert.StartsWith(beginning, ended.Status.Detail, StringComparison.Ordinal);
        Assert.EndsWith("screen the list again", ended.Status.Detail, StringComparison.Ordinal);
    }
}
