using System.Collections.Concurrent;
using Belong.Consent.V1;
using Belong.ConsentService.Cache;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Tests.Hosting;
using StackExchange.Redis;
using static Belong.ConsentService.Tests.Registry.Changes;

namespace Belong.ConsentService.Tests.Freshness;

/// <summary>The age told is never less than the true one.</summary>
public sealed class FreshnessTests
{
    private const string FarAhead = "4000000000000";

    [Fact]
    public async Task A_feed_that_stands_still_shows_as_age_with_and_without_writes()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await stage.StartFreshAsync();
        Assert.InRange(instance.CacheAge.TotalSeconds, 0, 30);
        await stage.StopFeedAsync();
        await Task.Delay(200);
        var stopped = stage.Clock.GetTimestamp();
        await Task.Delay(1_000);
        Assert.True(instance.CacheAge >= stage.Clock.GetElapsedTime(stopped));
        for (var i = 0; i < 100; i++)
        {
            await stage.ExecuteAsync($"INSERT INTO member (id, facts) VALUES ('B-{i}', '{{}}')");
        }

        Assert.True(instance.CacheAge >= stage.Clock.GetElapsedTime(stopped));
        Assert.True(instance.RegisterAge <= instance.CacheAge);

        stage.Feed.Restore();
        await stage.WaitUntilCoveredAsync(instance);
    }

    [Fact]
    public async Task What_was_committed_before_the_told_time_is_there()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await stage.StartFreshAsync(settings => settings.Freshness.ProbeMs = 10);
        using var enough = new CancellationTokenSource();
        var commits = new ConcurrentQueue<(ulong Xid, string Id, long Committed)>();
        var writers = Enumerable.Range(0, 4).Select(writer => Task.Run(() => WriteAsync(stage, writer, commits))).ToList();
        var shaking = Task.Run(() => ShakeAsync(stage, enough.Token));
        var sampled = 0;
        while (!writers.TrueForAll(writer => writer.IsCompleted))
        {
            sampled += await SampleAsync(stage, instance.State, commits);
            await Task.Delay(5);
        }

        await enough.CancelAsync();
        await Task.WhenAll([.. writers, shaking]);
        await stage.WaitUntilCoveredAsync(instance);
        Assert.Equal(commits.Count, await SampleAsync(stage, instance.State, commits));
        Assert.True(sampled > 100, $"only {sampled} commits were looked at");
    }

    [Fact]
    public async Task A_database_that_is_not_the_one_recorded_makes_nothing_fresh()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await StartWithoutFeedAsync(stage);
        await StaysFreshAsync(stage, instance);

        foreach (var change in new[] { "timeline = 'FFFFFFFF'", "system_identifier = '1'", "generation = 'OTHER'" })
        {
            await stage.ExecuteAsync("ALTER TABLE facts_identity ADD COLUMN IF NOT EXISTS kept text");
            await stage.ExecuteAsync($"UPDATE facts_identity SET kept = {change.Split(' ')[0]}; UPDATE facts_identity SET {change}");
            await CatchUpAsync(stage, times: 10);
            var since = stage.Clock.GetTimestamp();
            await CatchUpAsync(stage, times: 10);
            Assert.True(instance.CacheAge >= stage.Clock.GetElapsedTime(since), change);
            await stage.ExecuteAsync($"UPDATE facts_identity SET {change.Split(' ')[0]} = kept");
            await StaysFreshAsync(stage, instance);
        }
    }

    [Fact]
    public async Task A_cache_that_has_gone_back_or_says_nothing_is_not_asked()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await StartWithoutFeedAsync(stage);
        await StaysFreshAsync(stage, instance);
        await Waiting.UntilAsync(async () => (await instance.UseAsync("M-1")).Basis.Source == FactsSource.Cache);

        await SetSnapshotAsync(stage, "1:2:");
        await Waiting.UntilAsync(() => instance.State.Position?.Xmax == 2);
        Assert.Equal(TimeSpan.MaxValue, instance.CacheAge);
        Assert.Equal(FactsSource.Database, (await instance.UseAsync("M-1")).Basis.Source);

        await StaysFreshAsync(stage, instance);
        Assert.True(await stage.Keys.KeyDeleteAsync($"{stage.Prefix}:state"));
        await Waiting.UntilAsync(() => instance.State.Position is null);
        Assert.Equal(FactsSource.Database, (await instance.UseAsync("M-1")).Basis.Source);
        stage.Lookups.Cut();
        var decision = await instance.UseAsync("M-1");
        Assert.Equal((ReasonCode.FactsUnavailable, 0), (decision.Reasons.Single(), decision.Basis.FactsAgeMs));
    }

    [Fact]
    public async Task A_cache_is_not_asked_after_its_connection_broke_until_its_state_is_read_again()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var feeder = await stage.StartWithPolicyAsync();
        await feeder.RecordAsync("M-1", Registration());
        await stage.WaitUntilCoveredAsync(feeder);
        // It looks at the state seldom, so that there is time to ask in between.
        var instance = await stage.StartAsync(settings =>
        {
            settings.Roles = ["serve"];
            settings.Freshness.ProbeMs = 4_000;
        });
        await Waiting.UntilAsync(async () => (await instance.UseAsync("M-1")).Basis.Source == FactsSource.Cache);
        await stage.StopFeedAsync();
        var asked = 0;
        for (var round = 0; round < 5; round++)
        {
            var before = instance.State;
            stage.Redis.Cut();
            await Waiting.UntilAsync(() => !instance.Get<RedisConnection>().IsConnected);
            stage.Redis.Restore();
            await Waiting.UntilAsync(() => instance.Get<RedisConnection>().IsConnected);
            var decision = await instance.UseAsync("M-1");
            if (ReferenceEquals(instance.State, before))
            {
                Assert.Equal(FactsSource.Database, decision.Basis.Source);
                asked++;
            }

            await Waiting.UntilAsync(async () => (await instance.UseAsync("M-1")).Basis.Source == FactsSource.Cache);
        }

        Assert.True(asked > 0, "the state was read anew each time before it could be asked");
    }

    [Fact]
    public async Task A_feed_that_is_evenly_late_shows_how_late_it_is()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await StartWithoutFeedAsync(stage, probeMs: 10);
        var late = TimeSpan.FromSeconds(2);
        var seen = new Queue<(string Snapshot, long Timestamp)>();
        var best = TimeSpan.MaxValue;
        var started = stage.Clock.GetTimestamp();
        while (stage.Clock.GetElapsedTime(started) < TimeSpan.FromSeconds(7))
        {
            seen.Enqueue((await stage.ReadOneAsync<string>("SELECT pg_current_snapshot()::text"), stage.Clock.GetTimestamp()));
            while (seen.TryPeek(out var oldest) && stage.Clock.GetElapsedTime(oldest.Timestamp) >= late)
            {
                await SetSnapshotAsync(stage, seen.Dequeue().Snapshot);
            }

            await Task.Delay(20);
            var age = instance.CacheAge;
            best = stage.Clock.GetElapsedTime(started) > TimeSpan.FromSeconds(5) && age < best ? age : best;
        }

        Assert.InRange(best.TotalSeconds, 1.9, 4.9);
    }

    [Fact]
    public async Task A_database_that_is_behind_the_cache_makes_nothing_fresh()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await StartWithoutFeedAsync(stage);
        await StaysFreshAsync(stage, instance);

        // As after a copy of the disk was put back: the cache has seen higher numbers than the database now gives out.
        await SetSnapshotAsync(stage, $"1:{FarAhead}:");
        await Waiting.UntilAsync(() => instance.State.CacheFreshAsOf is null);
        await Task.Delay(300);
        Assert.Null(instance.State.CacheFreshAsOf);
    }

    /// <summary>An instance that only serves, on what a feed that is gone has left in the cache.</summary>
    private static async Task<ServiceInstance> StartWithoutFeedAsync(ServiceStage stage, int probeMs = 50)
    {
        var feeder = await stage.StartWithPolicyAsync();
        await feeder.RecordAsync("M-1", Registration());
        await stage.WaitUntilCoveredAsync(feeder);
        await feeder.App.StopAsync();
        return await stage.StartAsync(settings =>
        {
            settings.Roles = ["serve"];
            settings.Freshness.ProbeMs = probeMs;
        });
    }

    private static Task SetSnapshotAsync(ServiceStage stage, string snapshot) =>
        stage.Keys.HashSetAsync($"{stage.Prefix}:state", [new HashEntry("snapshot", snapshot)]);

    private static async Task StaysFreshAsync(ServiceStage stage, ServiceInstance instance)
    {
        var since = stage.Clock.GetTimestamp();
        await Waiting.UntilAsync(async () =>
        {
            await CatchUpAsync(stage, times: 1);
            return instance.State.CacheFreshAsOf > since;
        });
    }

    /// <summary>Says in the feed's stead that everything is in the cache, again and again for a while.</summary>
    private static async Task CatchUpAsync(ServiceStage stage, int times)
    {
        for (var i = 0; i < times; i++)
        {
            await SetSnapshotAsync(stage, (await stage.ReadSnapshotAsync()).ToString());
            await Task.Delay(30);
        }
    }

    /// <summary>Transactions of different length, so that ids are committed out of order.</summary>
    private static async Task WriteAsync(ServiceStage stage, int writer, ConcurrentQueue<(ulong Xid, string Id, long Committed)> commits)
    {
        for (var i = 0; i < 60; i++)
        {
            var id = $"W-{writer}-{i}";
            await using var connection = await stage.Database.OpenConnectionAsync();
            await using var transaction = await connection.BeginTransactionAsync();
            await using var command = new Npgsql.NpgsqlCommand($"INSERT INTO member (id, facts) VALUES ('{id}', '{{}}') RETURNING changed_xid", connection);
            var xid = (ulong)(await command.ExecuteScalarAsync())!;
            await Task.Delay(Random.Shared.Next(writer * 20));
            await transaction.CommitAsync();
            commits.Enqueue((xid, id, stage.Clock.GetTimestamp()));
        }
    }

    private static async Task ShakeAsync(ServiceStage stage, CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
        {
            stage.Feed.Stall();
            await Task.Delay(Random.Shared.Next(100), CancellationToken.None);
            stage.Feed.Restore();
            await Task.Delay(Random.Shared.Next(200), CancellationToken.None);
        }
    }

    /// <summary>How many commits the state claims to have; each of them must be there.</summary>
    private static async Task<int> SampleAsync(ServiceStage stage, FactsState state, ConcurrentQueue<(ulong Xid, string Id, long Committed)> commits)
    {
        var claimed = 0;
        foreach (var (xid, id, committed) in commits)
        {
            if (state.CacheFreshAsOf > committed)
            {
                Assert.True(state.Position!.Sees(xid), $"{id} is not seen");
                Assert.True(await stage.Keys.KeyExistsAsync($"{stage.Prefix}{state.Generation}:{id}"), $"{id} is not there");
                claimed++;
            }
        }

        return claimed;
    }
}
