using Belong.ConsentService.Cache;
using Belong.ConsentService.Testing;
using Npgsql;

namespace Belong.ConsentService.Tests.Feed;

/// <summary>Whatever breaks, the feed comes back by itself.</summary>
public sealed class FeedRecoveryTests
{
    [Fact]
    public async Task A_killed_backend_is_replaced_and_nothing_is_lost()
    {
        await using var stage = await FeedStage.CreateAsync();
        await stage.PutManyAsync(5);
        var counters = await stage.StartFeedAsync();
        await stage.WaitUntilCoveredAsync();

        for (var round = 0; round < 5; round++)
        {
            await stage.ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
            await Retry(() => stage.PutAsync("m1", $"v{round}"));
            await Retry(stage.WaitUntilCoveredAsync);
            Assert.Equal($"v{round}", await stage.ReadPolicyAsync("m1"));
        }

        await Waiting.UntilAsync(() => counters.ListenerStarts >= 2);
        Assert.Equal(1, counters.Rebuilds);
    }

    [Fact]
    public async Task A_listening_connection_that_hears_nothing_is_opened_anew()
    {
        await using var proxy = CuttableProxy.Start((await PostgresServer.SharedAsync()).Port);
        await using var stage = await FeedStage.CreateAsync();
        stage.Settings.HeartbeatMs = 100;
        stage.Settings.PollMs = 60_000;
        stage.Settings.ReadTimeoutSeconds = 2;
        var counters = await stage.StartFeedAsync(
            new NpgsqlConnectionStringBuilder(stage.ConnectionString) { Port = proxy.Port, Timeout = 2 }.ConnectionString);
        await stage.WaitUntilCoveredAsync();
        await Waiting.UntilAsync(() => counters.WakeUps > 3);

        proxy.Stall();
        var stalled = TimeProvider.System.GetTimestamp();
        await Waiting.UntilAsync(() => counters.Errors > 0);
        // Long before the keep-alive of the connection would have noticed.
        Assert.InRange(TimeProvider.System.GetElapsedTime(stalled).TotalSeconds, 0, 5);
        proxy.Restore();
        await Waiting.UntilAsync(() => counters.ListenerStarts >= 2);

        await stage.PutAsync("m1", "v2");
        await stage.WaitUntilCoveredAsync();
        Assert.Equal("v2", await stage.ReadPolicyAsync("m1"));
    }

    [Fact]
    public async Task A_flushed_Redis_is_filled_again()
    {
        await using var redis = await RedisServer.StartPrivateAsync();
        await using var stage = await FeedStage.CreateAsync(redis);
        await stage.PutManyAsync(3_000);
        var counters = await stage.StartFeedAsync();
        await stage.WaitUntilCoveredAsync();

        await stage.Redis.GetDatabase().ExecuteAsync("FLUSHALL");
        await Waiting.UntilAsync(() => counters.Rebuilds == 2);

        await stage.WaitUntilCoveredAsync();
        await stage.AssertSameAsync();
    }

    [Fact]
    public async Task A_Redis_that_restarts_empty_is_filled_again()
    {
        await using var redis = await RedisServer.StartPrivateAsync();
        await using var stage = await FeedStage.CreateAsync(redis);
        await stage.PutManyAsync(100);
        var counters = await stage.StartFeedAsync();
        await stage.WaitUntilCoveredAsync();

        await redis.RestartAsync();
        await Waiting.UntilAsync(() => counters.Rebuilds == 2);

        await stage.WaitUntilCoveredAsync();
        await stage.AssertSameAsync();
    }

    [Fact]
    public async Task Other_servers_behind_the_same_state_mean_a_rebuild_that_brings_back_lost_writes()
    {
        await using var stage = await FeedStage.CreateAsync();
        await stage.PutManyAsync(10);
        await stage.StartFeedAsync();
        await stage.WaitUntilCoveredAsync();
        var generation = await stage.ReadOneAsync<string>("SELECT generation FROM facts_identity");
        await stage.StopFeedsAsync();
        // As after a failover of one shard: the state is there, a member's newest write is not.
        var database = stage.Redis.GetDatabase();
        await stage.PutAsync("m1", "v2");
        await stage.StartFeedAsync();
        await stage.WaitUntilCoveredAsync();
        await stage.StopFeedsAsync();
        await database.StringSetAsync($"{stage.Prefix}{generation}:m1", MemberValue.Encode("m1", new() { Version = 1, AcquiredPolicyVersion = "v1" }));
        await database.HashSetAsync($"{stage.Prefix}:state", "servers", "another");

        var counters = await stage.StartFeedAsync();
        await Waiting.UntilAsync(() => counters.Rebuilds == 1);

        await stage.WaitUntilCoveredAsync();
        Assert.Equal("v2", await stage.ReadPolicyAsync("m1"));
    }

    [Fact]
    public async Task A_state_that_was_set_back_is_caught_up_from()
    {
        await using var stage = await FeedStage.CreateAsync();
        await stage.PutManyAsync(10);
        await stage.StartFeedAsync();
        await stage.WaitUntilCoveredAsync();
        var before = await stage.Cache.ReadStateAsync(default);
        await stage.PutAsync("m1", "v2");
        await stage.WaitUntilCoveredAsync();
        var key = $"{stage.Prefix}{before!.Generation}:m1";
        // As after a failover to a replica that had not received the last writes.
        var transaction = stage.Redis.GetDatabase().CreateTransaction();
        _ = transaction.StringSetAsync(key, MemberValue.Encode("m1", new() { Version = 1, AcquiredPolicyVersion = "v1" }));
        _ = transaction.HashSetAsync($"{stage.Prefix}:state", "snapshot", before.Snapshot.ToString());
        await transaction.ExecuteAsync();

        await stage.WaitUntilCoveredAsync();

        Assert.Equal("v2", await stage.ReadPolicyAsync("m1"));
    }

    [Fact]
    public async Task Facts_that_cannot_be_read_displace_the_older_ones_and_stop_nobody()
    {
        await using var stage = await FeedStage.CreateAsync();
        await stage.PutManyAsync(3);
        var counters = await stage.StartFeedAsync();
        await stage.WaitUntilCoveredAsync();

        await stage.ExecuteAsync("""UPDATE member SET facts = '[1]' WHERE id = 'm1'""");
        await stage.PutAsync("m2", "v2");
        await stage.WaitUntilCoveredAsync();

        Assert.Equal(ReadOutcome.Corrupt, (await stage.ReadAsync("m1")).Outcome);
        Assert.Equal("v2", await stage.ReadPolicyAsync("m2"));
        Assert.Equal(1, counters.UnreadableRows);
    }

    [Fact]
    public async Task Housekeeping_sweeps_and_its_failures_stop_nothing()
    {
        await using var stage = await FeedStage.CreateAsync();
        stage.Settings.HousekeepingSeconds = 1;
        var sweeps = 0;
        await stage.StartFeedAsync(sweep: _ =>
        {
            Interlocked.Increment(ref sweeps);
            throw new InvalidOperationException("the sweep fails");
        });

        await Waiting.UntilAsync(() => Volatile.Read(ref sweeps) >= 2);

        await stage.PutAsync("m1", "v1");
        await stage.WaitUntilCoveredAsync();
        Assert.Equal("v1", await stage.ReadPolicyAsync("m1"));
    }

    private static async Task Retry(Func<Task> work)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await work();
                return;
            }
            catch (NpgsqlException) when (attempt < 50)
            {
                // A connection of the pool that was terminated too.
            }
        }
    }
}
