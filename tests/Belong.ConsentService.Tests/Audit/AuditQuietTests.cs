using System.Globalization;
using Belong.ConsentService.Audit;
using Belong.ConsentService.Cache;
using Belong.ConsentService.Rules;
using Belong.ConsentService.Tests.Cache;
using Npgsql;
using StackExchange.Redis;

namespace Belong.ConsentService.Tests.Audit;

/// <summary>What is only on its way, or cannot be known now, is never taken for a difference.</summary>
public sealed class AuditQuietTests
{
    private const string EndConnections =
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";

    private const int Members = 400;
    private const int Writers = 4;

    [Fact]
    public async Task Beside_writers_fills_and_two_feeders_nothing_differs()
    {
        await using var stage = await AuditStage.CreateFilledAsync(Members);
        stage.Settings.CoverTimeoutMs = 20_000;
        await stage.Feed.StartFeedAsync();
        var counters = await stage.StartAuditAsync();
        var other = await stage.StartAuditAsync();
        using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(32));
        var load = Task.WhenAll([.. Enumerable.Range(0, Writers).Select(writer => WriteAsync(stage, writer, enough.Token)), FillAsync(stage, enough.Token)]);

        var commits = (await load).Sum();
        await stage.Feed.WaitUntilCoveredAsync();
        await stage.PassAsync(counters.Members > 0 ? counters : other);

        Assert.True(AuditStage.Differences(counters) + AuditStage.Differences(other) == 0, stage.Feed.Log.ToString());
        Assert.Equal(0, counters.SkippedPages + other.SkippedPages);
        // One of them audits, and the other waits.
        Assert.Equal(0, Math.Min(counters.Members, other.Members));
        Assert.InRange(Math.Max(counters.Members, other.Members), 5 * Members, long.MaxValue);
        Assert.InRange(commits, 1_000, int.MaxValue);
        await stage.AssertSameAsync();
    }

    [Fact]
    public async Task Stores_that_stop_and_start_make_pages_skipped_and_no_difference()
    {
        await using var stage = await AuditStage.CreateFilledAsync(Members);
        stage.Settings.CoverTimeoutMs = 500;
        var counters = await stage.StartAuditAsync();
        using var enough = new CancellationTokenSource();
        var load = Task.WhenAll(Enumerable.Range(0, 2).Select(writer => WriteAsync(stage, writer, enough.Token)));
        for (var round = 0; round < 2; round++)
        {
            await stage.PassAsync(counters);
            await stage.Redis.ExecuteAsync("FLUSHALL");
            await stage.PassAsync(counters);
            await stage.Server.RestartAsync();
            await stage.PassAsync(counters);
            await RetryAsync(() => stage.Feed.ExecuteAsync(EndConnections));
            await stage.PassAsync(counters);
            await stage.Server.PauseAsync();
            await Task.Delay(500);
            await stage.Server.ResumeAsync();
        }

        await RetryAsync(() => stage.Feed.ExecuteAsync("UPDATE facts_identity SET timeline = 'another'"));
        // A failover ends all connections.
        await RetryAsync(() => stage.Feed.ExecuteAsync(EndConnections));
        await stage.PassAsync(counters);
        await enough.CancelAsync();
        await load;
        await stage.PassAsync(counters);

        Assert.True(AuditStage.Differences(counters) == 0, stage.Feed.Log.ToString());
        Assert.True(counters.SkippedPages > 0, "no page was skipped: nothing was in the way");
        await stage.Feed.WaitUntilCoveredAsync();
        await stage.AssertSameAsync();
    }

    [Fact]
    public async Task A_feed_that_stands_still_is_no_difference_and_stops_no_auditor()
    {
        await using var stage = await AuditStage.CreateFilledAsync(Members);
        stage.Settings.CoverTimeoutMs = 100;
        await stage.Feed.StopFeedsAsync();
        await stage.Feed.ExecuteAsync("UPDATE member SET facts = '{}'");

        var counters = await stage.StartAuditAsync();
        await Waiting.UntilAsync(() => counters.MemberPasses >= 1);

        Assert.True(counters.SkippedPages > 0);
        Assert.Equal((0, 0), (counters.Members, AuditStage.Differences(counters)));
    }

    [Fact]
    public async Task A_database_behind_what_Redis_knows_is_not_compared_with()
    {
        await using var stage = await AuditStage.CreateFilledAsync(60);
        await stage.Feed.StopFeedsAsync();
        await stage.Redis.HashSetAsync($"{stage.Feed.Prefix}:state", "snapshot", "9000000000:9000000000:");
        await stage.Redis.StringSetAsync(await stage.KeyOfAsync("m7"), AuditStage.Value("m7", 5));
        await stage.Redis.StringSetAsync(await stage.KeyOfAsync("lost"), AuditStage.Value("lost", 1));

        var counters = await stage.StartAuditAsync();
        await stage.PassAsync(counters);

        Assert.Equal(0, AuditStage.Differences(counters));
        Assert.Equal("x", await stage.Feed.ReadPolicyAsync("m7"));
    }

    [Fact]
    public async Task Another_instance_takes_over()
    {
        await using var stage = await AuditStage.CreateFilledAsync(60);
        var first = await stage.StartAuditAsync();
        await stage.PassAsync(first);
        await using var other = await AuditStage.AttachAsync(stage);
        var second = await other.StartAuditAsync();
        await stage.PassAsync(first);
        Assert.Equal(0, second.Members);

        await stage.StopAuditsAsync();
        await stage.PassAsync(second);
    }

    [Fact]
    public async Task A_share_of_nothing_turns_it_off_and_a_small_one_makes_it_slow()
    {
        await using var stage = await AuditStage.CreateFilledAsync(60);
        stage.Settings.SharePerMinutePercent = 0;
        var off = await stage.StartAuditAsync();
        await stage.StopAuditsAsync();
        Assert.Equal(0, off.Members);

        // Of the ten thousand that are reckoned with at least: a hundred in a minute.
        stage.Settings.SharePerMinutePercent = 1;
        var started = TimeProvider.System.GetTimestamp();
        var slow = await stage.StartAuditAsync();
        await Waiting.UntilAsync(() => slow.Members >= 4);
        Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalSeconds, 1, 20);
        Assert.Equal(4, slow.Members);
        Assert.InRange(slow.Position, 0.01, 1);
    }

    private static async Task<int> WriteAsync(AuditStage stage, int writer, CancellationToken cancellation)
    {
        var random = new Random(writer);
        var commits = 0;
        for (var round = 0; !cancellation.IsCancellationRequested; round++)
        {
            // Also new ones, and several in one transaction.
            var ids = Enumerable.Range(0, random.Next(1, 4)).Select(_ => $"m{random.Next(1, Members + 100)}").Distinct().Order(StringComparer.Ordinal);
            var policy = string.Create(CultureInfo.InvariantCulture, $"p{writer}-{round}");
            var values = string.Join(',', ids.Select(id => $$"""('{{id}}', '{"acquired_policy_version":"{{policy}}"}')"""));
            var sql = $"INSERT INTO member (id, facts) VALUES {values} ON CONFLICT (id) DO UPDATE SET facts = EXCLUDED.facts";
            var register = round % 50 == 0 ? $$"""; INSERT INTO vendor (id, record) VALUES ('w{{writer}}-{{round}}', '{"id":"w{{writer}}-{{round}}"}') ON CONFLICT DO NOTHING""" : "";
            await RetryAsync(() => stage.Feed.ExecuteAsync(sql + register));
            commits++;
        }

        return commits;
    }

    /// <summary>As checks do after a miss, for members that exist and for some that do not.</summary>
    private static async Task<int> FillAsync(AuditStage stage, CancellationToken cancellation)
    {
        var generation = await stage.ReadGenerationAsync();
        for (var round = 0; !cancellation.IsCancellationRequested; round++)
        {
            var id = $"m{round % (Members + 200)}";
            MemberFacts? facts = await stage.Feed.Facts.ReadMemberAsync(id, CancellationToken.None);
            await stage.Feed.Cache.FillAsync(generation, id, facts);
        }

        return 0;
    }

    private static async Task RetryAsync(Func<Task> work)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await work();
                return;
            }
            catch (Exception e) when (e is NpgsqlException or RedisException && attempt < 100)
            {
                // A connection of the pool that was terminated too.
            }
        }
    }
}
