using Belong.ConsentService.Feed;
using Belong.ConsentService.Testing;
using Npgsql;

namespace Belong.ConsentService.Tests.Feed;

/// <summary>A backup that is put back as the same system, whose transaction ids are given out again.</summary>
public sealed class FeedRestoreTests
{
    [Fact]
    public async Task A_restore_is_noticed_although_new_transactions_have_overtaken_the_lost_ones()
    {
        await using var server = await PostgresServer.StartRestorableAsync();
        await using var proxy = CuttableProxy.Start(server.Port);
        await using var stage = await FeedStage.CreateAsync(await server.CreateDatabaseAsync(), (await RedisServer.SharedAsync()).Endpoint);
        await stage.PutAsync("m1", "kept");
        await stage.StartFeedAsync(through: new NpgsqlConnectionStringBuilder(stage.ConnectionString) { Port = proxy.Port }.ConnectionString);
        await stage.WaitUntilCoveredAsync();

        var backup = await server.TakeBackupAsync();
        await stage.PutAsync("m1", "lost");
        await stage.PutAsync("m2", "lost");
        await WaitForLaterMarkAsync(stage);
        await stage.WaitUntilCoveredAsync();
        Assert.Equal("lost", await stage.ReadPolicyAsync("m1"));

        proxy.Cut();
        var before = (await stage.Cache.ReadStateAsync(default))!;
        await server.RestoreAsync(backup, asNewSystem: false);
        stage.Source.Clear();
        await Transactions.OvertakeAsync(stage.Source, before.Snapshot);
        await stage.PutAsync("m3", "new");
        proxy.Restore();

        await Waiting.UntilAsync(async () => await stage.Cache.ReadStateAsync(default) is { } state && state.Generation != before.Generation, stage.Log);
        await stage.WaitUntilCoveredAsync();
        Assert.Equal("kept", await stage.ReadPolicyAsync("m1"));
        Assert.Null(await stage.ReadPolicyAsync("m2"));
        await stage.AssertSameAsync();
    }

    [Fact]
    public async Task A_state_whose_mark_another_feed_made_is_built_on_and_one_that_the_database_lacks_is_not()
    {
        await using var stage = await FeedStage.CreateAsync();
        await stage.PutAsync("m1");
        var counters = await stage.StartFeedAsync();
        await stage.StartFeedAsync();
        await WaitForLaterMarkAsync(stage);
        var sessions = counters.Sessions;
        await WaitForLaterMarkAsync(stage);
        await WaitForLaterMarkAsync(stage);
        Assert.Equal((0, sessions), (counters.NewGenerations, counters.Sessions));

        var before = (await stage.Cache.ReadStateAsync(default))!.Generation;
        await stage.Redis.GetDatabase().HashSetAsync($"{stage.Prefix}:state", "mark", Guid.NewGuid().ToString());
        await stage.PutAsync("m1", "later");

        await Waiting.UntilAsync(async () => await stage.Cache.ReadStateAsync(default) is { } state && state.Generation != before, stage.Log);
        await stage.WaitUntilCoveredAsync();
        await stage.AssertSameAsync();
    }

    [Fact]
    public async Task Of_the_marks_only_the_newest_are_kept()
    {
        await using var stage = await FeedStage.CreateAsync();
        await stage.ExecuteAsync("INSERT INTO lineage (mark) SELECT gen_random_uuid() FROM generate_series(1, 12000)");
        await stage.StartFeedAsync();
        await stage.WaitUntilCoveredAsync();

        Assert.InRange(await stage.ReadOneAsync<long>("SELECT count(*) FROM lineage"), 9_900, 10_000);
    }

    /// <summary>Waits until the state has a mark that no backup of before has.</summary>
    private static async Task WaitForLaterMarkAsync(FeedStage stage)
    {
        var newest = await stage.ReadOneAsync<long>("SELECT coalesce(max(seq), 0) FROM lineage");
        await Waiting.UntilAsync(
            async () => await stage.Cache.ReadStateAsync(default) is { Mark: { } mark }
                && await stage.ReadOneAsync<bool>($"SELECT EXISTS (SELECT FROM lineage WHERE mark = '{mark}' AND seq > {newest})"),
            stage.Log);
    }
}
