using System.Diagnostics;
using Belong.ConsentService.Testing.Redis;
using StackExchange.Redis;
using Xunit.Abstractions;

namespace Belong.ConsentService.Tests.Servers;

/// <summary>The Redis Cluster of the fault tests fails over as one in production does.</summary>
public sealed class RedisClusterTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task When_a_primary_is_killed_its_replica_serves_and_the_killed_one_comes_back_behind_it()
    {
        var clock = Stopwatch.StartNew();
        await using var cluster = await RedisCluster.StartAsync();
        output.WriteLine($"started after {clock.ElapsedMilliseconds} ms");
        await using var redis = await ConnectionMultiplexer.ConnectAsync(cluster.Configuration);
        await redis.GetDatabase().StringSetAsync("k", "v");
        await Waiting.UntilAsync(async () => await redis.GetDatabase().StringGetAsync("k", CommandFlags.DemandReplica) == "v");
        var primary = await cluster.FindPrimaryOfAsync("k");
        var replica = await cluster.FindReplicaOfAsync(primary);

        clock.Restart();
        await primary.KillAsync();
        var next = await cluster.FindPrimaryOfAsync("k");
        output.WriteLine($"failed over after {clock.ElapsedMilliseconds} ms");

        Assert.Same(replica, next);
        Assert.Equal(RedisRole.Silent, await primary.ReadRoleAsync());
        await Waiting.UntilAsync(async () => await TryReadAsync(redis, "k") == "v");

        clock.Restart();
        await primary.RestartAsync();
        await cluster.WaitUntilWholeAsync(Limit);
        output.WriteLine($"whole again after {clock.ElapsedMilliseconds} ms");
        Assert.Equal(RedisRole.Replica, await primary.ReadRoleAsync());
        Assert.Same(primary, await cluster.FindReplicaOfAsync(next));
    }

    [Fact]
    public async Task A_failover_can_lose_acknowledged_writes()
    {
        await using var cluster = await RedisCluster.StartAsync();
        await using var redis = await ConnectionMultiplexer.ConnectAsync(cluster.Configuration);
        await redis.GetDatabase().StringSetAsync("{k}1", "old");
        await Waiting.UntilAsync(async () => await redis.GetDatabase().StringGetAsync("{k}1", CommandFlags.DemandReplica) == "old");
        var primary = await cluster.FindPrimaryOfAsync("{k}1");

        var clock = Stopwatch.StartNew();
        var next = await cluster.FailOverLosingAsync(primary, async _ =>
        {
            await redis.GetDatabase().StringSetAsync("{k}1", "new");
            await redis.GetDatabase().StringSetAsync("{k}2", "new");
        });
        output.WriteLine($"failed over after {clock.ElapsedMilliseconds} ms");

        Assert.NotSame(primary, next);
        await Waiting.UntilAsync(async () => await TryReadAsync(redis, "{k}1") == "old");
        Assert.True((await redis.GetDatabase().StringGetAsync("{k}2")).IsNull);
    }

    private static async Task<string?> TryReadAsync(ConnectionMultiplexer redis, string key)
    {
        try
        {
            return await redis.GetDatabase().StringGetAsync(key);
        }
        catch (Exception failure) when (failure is RedisException or TimeoutException)
        {
            return null;
        }
    }
}
