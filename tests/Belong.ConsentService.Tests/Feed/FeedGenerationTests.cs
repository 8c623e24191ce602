using Belong.ConsentService.Cache;
using Belong.ConsentService.Tests.Cache;

namespace Belong.ConsentService.Tests.Feed;

/// <summary>Another database behind the same address is noticed, and Redis built anew under a new generation.</summary>
public sealed class FeedGenerationTests
{
    [Theory]
    [InlineData("system_identifier = 'another'")]
    [InlineData("timeline = 'another'")]
    public async Task A_database_that_was_restored_or_failed_over_gets_a_new_generation(string change)
    {
        await using var stage = await FeedStage.CreateAsync();
        await stage.PutManyAsync(10);
        await stage.StartFeedAsync();
        await stage.WaitUntilCoveredAsync();
        var before = await stage.Cache.ReadStateAsync(default);
        await stage.StopFeedsAsync();
        await stage.ExecuteAsync($"UPDATE facts_identity SET {change}");

        var counters = await stage.StartFeedAsync();
        await Waiting.UntilAsync(() => counters.NewGenerations == 1 && counters.Rebuilds == 1);
        await stage.WaitUntilCoveredAsync();

        Assert.NotEqual(before!.Generation, (await stage.Cache.ReadStateAsync(default))!.Generation);
        await stage.AssertSameAsync();
    }

    [Fact]
    public async Task A_database_behind_what_was_read_from_it_gets_a_new_generation()
    {
        await using var stage = await FeedStage.CreateAsync();
        await stage.PutManyAsync(10);
        await stage.StartFeedAsync();
        await stage.WaitUntilCoveredAsync();
        var before = await stage.Cache.ReadStateAsync(default);
        await stage.StopFeedsAsync();
        await stage.Redis.GetDatabase().HashSetAsync($"{stage.Prefix}:state", "snapshot", "9000000000:9000000000:");

        var counters = await stage.StartFeedAsync();
        await Waiting.UntilAsync(() => counters.Rebuilds == 1);
        await stage.WaitUntilCoveredAsync();

        Assert.NotEqual(before!.Generation, (await stage.Cache.ReadStateAsync(default))!.Generation);
    }

    [Fact]
    public async Task Members_that_a_dump_brought_from_an_older_server_are_not_read_in_every_cycle()
    {
        await using var stage = await FeedStage.CreateAsync();
        await stage.PutManyAsync(10);
        // The dump carries the numbers of a server that had given out far more of them.
        await stage.ExecuteAsync("SET session_replication_role = replica; UPDATE member SET changed_xid = '9000000000'; SET session_replication_role = origin");
        var counters = await stage.StartFeedAsync();
        await stage.WaitUntilCoveredAsync();
        await stage.AssertSameAsync();
        var (rows, cycles) = (counters.RowsApplied, counters.Cycles);
        await Waiting.UntilAsync(() => counters.Cycles >= cycles + 3);
        Assert.Equal(rows, counters.RowsApplied);
    }

    [Fact]
    public async Task A_generation_changed_under_a_running_feed_is_noticed_and_the_old_keys_go()
    {
        await using var stage = await FeedStage.CreateAsync();
        stage.Settings.HousekeepingSeconds = 1;
        stage.Settings.GarbageWaitSeconds = 1;
        await stage.PutManyAsync(1_000);
        var counters = await stage.StartFeedAsync();
        await stage.WaitUntilCoveredAsync();
        var before = await stage.Cache.ReadStateAsync(default);

        await stage.ExecuteAsync("UPDATE facts_identity SET generation = 'zzzzz'");
        // The register of the old generation is a key too.
        await Waiting.UntilAsync(() => counters.KeysCollected == 1_001);
        await stage.WaitUntilCoveredAsync();

        await stage.AssertSameAsync();
        var old = await stage.Cache.ReadMemberAsync(before!.Generation, "m1", TimeSpan.FromSeconds(5));
        Assert.Equal(ReadOutcome.Miss, old.Outcome);
        Assert.True(await stage.Redis.GetDatabase().KeyExistsAsync($"{stage.Prefix}zzzzz/register"));
    }

    [Fact]
    public async Task Keys_written_late_under_an_old_generation_go_too_and_only_then_is_it_forgotten()
    {
        await using var stage = await FeedStage.CreateAsync();
        stage.Settings.HousekeepingSeconds = 1;
        stage.Settings.GarbageWaitSeconds = 2;
        await stage.PutManyAsync(10);
        var counters = await stage.StartFeedAsync();
        await stage.WaitUntilCoveredAsync();
        var old = (await stage.Cache.ReadStateAsync(default))!.Generation;

        await stage.ExecuteAsync("UPDATE facts_identity SET generation = 'zzzzz'");
        await Waiting.UntilAsync(() => counters.KeysCollected == 11);
        Assert.Equal([old], await stage.Cache.ReadEarlierGenerationsAsync("zzzzz", default));
        await stage.Cache.FillAsync(old, "late", new() { Version = 1 });

        await Waiting.UntilAsync(() => counters.KeysCollected == 12);
        Assert.Equal([old], await stage.Cache.ReadEarlierGenerationsAsync("zzzzz", default));
        await Waiting.UntilAsync(async () => (await stage.Cache.ReadEarlierGenerationsAsync("zzzzz", default)).Count == 0);
        Assert.False(await stage.Redis.GetDatabase().KeyExistsAsync($"{stage.Prefix}{old}:late"));
    }

    [Fact]
    public async Task Keys_of_a_generation_just_replaced_are_left_alone()
    {
        await using var stage = await FeedStage.CreateAsync();
        stage.Settings.HousekeepingSeconds = 1;
        await stage.PutManyAsync(10);
        var sweeps = 0;
        var counters = await stage.StartFeedAsync(sweep: _ => Task.FromResult(Interlocked.Increment(ref sweeps)));
        await stage.WaitUntilCoveredAsync();
        var old = (await stage.Cache.ReadStateAsync(default))!.Generation;

        await stage.ExecuteAsync("UPDATE facts_identity SET generation = 'zzzzz'");
        await Waiting.UntilAsync(() => counters.Rebuilds == 2);
        var sweepsThen = Volatile.Read(ref sweeps);
        await Waiting.UntilAsync(() => Volatile.Read(ref sweeps) >= sweepsThen + 3);

        Assert.Equal(ReadOutcome.Hit, (await stage.Cache.ReadMemberAsync(old, "m1", TimeSpan.FromSeconds(5))).Outcome);
        Assert.Equal(0, counters.KeysCollected);
    }
}
