using System.Diagnostics;
using Belong.ConsentService.Testing.Redis;
using StackExchange.Redis;
using Xunit.Abstractions;

namespace Belong.ConsentService.Tests.Servers;

/// <summary>The Redis under Sentinels of the fault tests fails over as one in production does.</summary>
public sealed class RedisSentinelTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task When_the_primary_is_killed_a_replica_takes_over_without_the_writes_that_it_had_not_got()
    {
        var clock = Stopwatch.StartNew();
        await using var group = await RedisSentinel.StartAsync();
        output.WriteLine($"started after {clock.ElapsedMilliseconds} ms");
        await using var redis = await ConnectionMultiplexer.ConnectAsync(group.Configuration);
        var database = redis.GetDatabase();
        await database.StringSetAsync("k1", "old");
        await database.ExecuteAsync("WAIT", 2, 5000);
        var primary = await group.FindPrimaryAsync();

        clock.Restart();
        var next = await group.FailOverLosingAsync(async _ =>
        {
            await database.StringSetAsync("k1", "new");
            await database.StringSetAsync("k2", "new");
        });
        output.WriteLine($"failed over after {clock.ElapsedMilliseconds} ms");

        Assert.NotSame(primary, next);
        Assert.Equal(RedisRole.Silent, await primary.ReadRoleAsync());
        await Waiting.UntilAsync(async () => await TryReadAsync(redis, "k1") == "old");
        Assert.True((await redis.GetDatabase().StringGetAsync("k2")).IsNull);

        clock.Restart();
        await primary.RestartAsync();
        await group.WaitUntilWholeAsync(Limit);
        output.WriteLine($"whole again after {clock.ElapsedMilliseconds} ms");
        // Whoever is the primary now, on a busy machine perhaps by another failover: what was lost does not come back.
        await Waiting.UntilAsync(async () => await TryReadAsync(redis, "k1") == "old");
        Assert.True((await redis.GetDatabase().StringGetAsync("k2")).IsNull);
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
