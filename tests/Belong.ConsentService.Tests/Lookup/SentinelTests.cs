using Belong.Consent.V1;
using Belong.ConsentService.Cache;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Testing.Redis;
using Belong.ConsentService.Tests.Hosting;
using StackExchange.Redis;
using Xunit.Abstractions;
using static Belong.ConsentService.Tests.Registry.Changes;

namespace Belong.ConsentService.Tests.Lookup;

/// <summary>The service on a Redis whose primary Sentinel names.</summary>
public sealed class SentinelTests(ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly string[] Members = [.. Enumerable.Range(1, 10).Select(number => $"M-{number}")];

    private RedisSentinel _redis = null!;

    public async Task InitializeAsync() => _redis = await RedisSentinel.StartAsync();

    public async Task DisposeAsync() => await _redis.DisposeAsync();

    [Fact]
    public async Task A_start_while_no_Sentinel_answers_waits_for_one_and_a_failover_that_lost_writes_is_made_good()
    {
        await using var stage = await ServiceStage.CreateAsync();
        await Task.WhenAll(_redis.Sentinels.Select(sentinel => sentinel.KillAsync()));
        var instance = await stage.StartAsync(Settings);
        Assert.False(instance.Get<RedisConnection>().IsConnected);
        await Waiting.UntilAsync(() => instance.State.RegisterFreshAsOf is not null);
        await instance.RecordPolicyAsync();
        await instance.RecordAsync("M-1", Registration());
        Assert.Equal(FactsSource.Database, (await instance.UseAsync("M-1")).Basis.Source);

        await Task.WhenAll(_redis.Sentinels.Select(sentinel => sentinel.RestartAsync()));
        await _redis.WaitUntilWholeAsync(Limit);
        await Waiting.UntilAsync(async () => (await instance.UseAsync("M-1")).Basis.Source == FactsSource.Cache);

        await _redis.FailOverLosingAsync(async _ =>
        {
            await instance.RecordAsync("M-1", OptOut());
            await stage.WaitUntilCoveredAsync(instance);
        });
        await Waiting.UntilAsync(async () =>
        {
            var decision = await instance.UseAsync("M-1", Purpose.DirectMarketing);
            Assert.Equal([ReasonCode.DmOptedOut], decision.Reasons);
            return decision.Basis.Source == FactsSource.Cache && instance.State.CacheBreaks == instance.Cache.Breaks && await IsFollowedAsync(instance);
        });
    }

    [Fact]
    public async Task A_primary_that_comes_back_and_takes_itself_for_one_still_is_not_believed()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var other = await stage.StartWithPolicyAsync(Settings);
        var instance = await stage.StartFreshAsync(settings =>
        {
            Settings(settings);
            settings.Roles = ["serve"];
        });
        await using var load = await JudgedLoad.StartAsync(stage, other, [instance, other], Members);
        await Waiting.UntilAsync(() => instance.Counters.Hits > 100);
        var primary = await _redis.FindPrimaryAsync();

        await primary.PauseAsync();
        await _redis.FindPrimaryAsync();
        var failedOver = stage.Clock.GetTimestamp();
        await WaitUntilReadFromCacheAsync(instance);
        output.WriteLine($"answered from the cache {stage.Clock.GetElapsedTime(failedOver).TotalSeconds:F1} s after another had its place");
        await primary.ResumeAsync();
        await _redis.WaitUntilWholeAsync(Limit);
        await WaitUntilReadFromCacheAsync(instance);
        await WaitUntilReadFromCacheAsync(other);

        await load.StopAsync();
        Assert.True(load.Slowest < TimeSpan.FromSeconds(5), $"{load.Slowest}");
        output.WriteLine($"{load.Answers} answers, {load.Writes} writes, slowest {load.Slowest.TotalMilliseconds:F0} ms");
    }

    private static Task WaitUntilReadFromCacheAsync(ServiceInstance instance)
    {
        var hits = instance.Counters.Hits;
        return Waiting.UntilAsync(() => instance.Counters.Hits > hits + 200);
    }

    private async Task<bool> IsFollowedAsync(ServiceInstance instance)
    {
        var primary = await _redis.FindPrimaryAsync();
        return instance.Get<RedisConnection>().Multiplexer.GetServer(default(RedisKey), flags: CommandFlags.DemandMaster)
            .EndPoint.ToString() == primary.Endpoint;
    }

    private void Settings(ConsentSettings settings)
    {
        settings.Redis.Configuration = _redis.Configuration;
        settings.Redis.LookupTimeoutMs = 100;
    }
}
