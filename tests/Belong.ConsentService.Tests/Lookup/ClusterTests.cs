using System.Globalization;
using Belong.Consent.V1;
using Belong.ConsentService.Cache;
using Belong.ConsentService.Tests.Audience;
using Belong.ConsentService.Tests.Hosting;
using StackExchange.Redis;
using Xunit.Abstractions;
using static Belong.ConsentService.Tests.Registry.Changes;

namespace Belong.ConsentService.Tests.Lookup;

/// <summary>The service on a Redis Cluster, whose failovers may lose what was acknowledged.</summary>
public sealed class ClusterTests(ClusterFixture fixture, ITestOutputHelper output) : IClassFixture<ClusterFixture>, IAsyncLifetime
{
    private const string Serve = "serve";
    private const string Feed = "feed";
    private static readonly string[] Members = [.. Enumerable.Range(1, 30).Select(number => $"M-{number}")];

    public Task InitializeAsync() => fixture.HealAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Keys_are_spread_over_the_slots_and_no_command_names_two()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await stage.StartWithPolicyAsync(fixture.Settings(Serve, Feed));
        foreach (var some in Members.Chunk(10))
        {
            await Task.WhenAll(some.Select(member => instance.RecordAsync(member, Registration())));
        }

        await AssertAnsweredFromCacheAsync(instance);
        Assert.Equal(Members.Length, (await instance.ScreenAsync(Screen.Dm(), Members)).Summary.AllowedCount);
        var batch = new CheckBatchRequest { Defaults = new() { Purposes = { Purpose.ServiceDelivery } } };
        batch.Checks.Add(Members.Select(member => new BatchCheck { Use = new() { MemberId = member } }));
        Assert.All((await instance.Checks.CheckBatchAsync(batch)).Answers, answer => Assert.Equal((Outcome.Allow, FactsSource.Cache), (answer.Decision.Outcome, answer.Decision.Basis.Source)));

        // Another generation: its keys are begun, and those of the first are swept away on every node.
        var first = await stage.ReadGenerationAsync();
        await stage.ExecuteAsync("UPDATE facts_identity SET system_identifier = 'another'");
        stage.Feed.Cut();
        stage.Feed.Restore();
        await Waiting.UntilAsync(async () => instance.State.Generation.Length > 0 && instance.State.Generation != first
            && await stage.ReadGenerationAsync() == instance.State.Generation);
        await AssertAnsweredFromCacheAsync(instance);
        await instance.Cache.DeleteGenerationAsync(first, TimeSpan.Zero, default);

        await using var redis = await ConnectionMultiplexer.ConnectAsync($"{fixture.Cluster.Configuration},allowAdmin=true");
        var primaries = redis.GetServers().Where(server => server is { IsConnected: true, IsReplica: false }).ToList();
        Assert.Equal(3, primaries.Count);
        foreach (var primary in primaries)
        {
            var keys = primary.Keys(pattern: $"{stage.Prefix}*").Select(key => key.ToString()).ToList();
            Assert.Contains(keys, key => key.StartsWith($"{stage.Prefix}{instance.State.Generation}:M-", StringComparison.Ordinal));
            Assert.DoesNotContain(keys, key => key.StartsWith($"{stage.Prefix}{first}", StringComparison.Ordinal));
            var errors = (await primary.InfoAsync("errorstats")).SelectMany(group => group).Select(entry => entry.Key);
            Assert.DoesNotContain("errorstat_CROSSSLOT", errors);
        }
    }

    [Fact]
    public async Task A_primary_killed_under_load_is_followed_and_no_answer_contradicts_the_facts()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var (instance, other) = await StartTwoAsync(stage);
        await using var load = await JudgedLoad.StartAsync(stage, other, [instance, other], Members);
        await Waiting.UntilAsync(() => instance.Counters.Hits > 100);
        var primary = await fixture.Cluster.FindPrimaryOfAsync(await stage.KeyAsync(Members[0]));

        await primary.KillAsync();
        var killed = load.Answers;
        await fixture.Cluster.FindPrimaryOfAsync(await stage.KeyAsync(Members[0]));
        var meanwhile = load.Answers - killed;
        await WaitUntilReadFromCacheAsync(instance);
        await WaitUntilReadFromCacheAsync(other);

        await load.StopAsync();
        await AssertAnsweredFromCacheAsync(instance);
        Say(load, $", {meanwhile} while there was no primary");
        Assert.True(meanwhile > 20, "checks stood still");
        Assert.True(load.Slowest < TimeSpan.FromSeconds(5), $"{load.Slowest}");
    }

    [Fact]
    public async Task A_primary_that_hangs_until_another_has_its_place_is_not_believed_when_it_goes_on()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var (instance, other) = await StartTwoAsync(stage);
        await using var load = await JudgedLoad.StartAsync(stage, other, [instance, other], Members);
        await Waiting.UntilAsync(() => instance.Counters.Hits > 100);
        var primary = await fixture.Cluster.FindPrimaryOfAsync(await stage.KeyAsync(Members[0]));

        await primary.PauseAsync();
        await fixture.Cluster.FindPrimaryOfAsync(await stage.KeyAsync(Members[0]));
        var failedOver = stage.Clock.GetTimestamp();
        await WaitUntilReadFromCacheAsync(instance);
        output.WriteLine($"answered from the cache {stage.Clock.GetElapsedTime(failedOver).TotalSeconds:F1} s after another had its place");
        await primary.ResumeAsync();
        await fixture.WaitUntilWholeAsync();
        await WaitUntilReadFromCacheAsync(instance);
        await WaitUntilReadFromCacheAsync(other);

        await load.StopAsync();
        await AssertAnsweredFromCacheAsync(instance);
        Say(load, "");
    }

    [Fact]
    public async Task A_state_that_claims_what_a_failover_has_lost_is_believed_by_nobody_until_the_feed_has_made_good()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var feeder = await stage.StartWithPolicyAsync(fixture.Settings(Serve, Feed));
        var instance = await stage.StartFreshAsync(fixture.Settings(Serve));
        var member = await FindMemberApartAsync(stage);
        await feeder.RecordAsync(member, Registration());
        await stage.WaitUntilCoveredAsync(instance);
        var primary = await fixture.Cluster.FindPrimaryOfAsync(await stage.KeyAsync(member));

        await fixture.Cluster.FailOverLosingAsync(primary, async _ =>
        {
            await feeder.RecordAsync(member, OptOut());
            await stage.WaitUntilCoveredAsync(instance);
            await Waiting.UntilAsync(async () => (await AskAsync(instance, member)).Basis.Source == FactsSource.Cache);
            // Nobody is there to notice what is lost next.
            await feeder.App.StopAsync(CancellationToken.None);
        });
        await AskWhileUntilAsync(instance, member, async () => await CanVerifyAsync(instance));
        var hits = instance.Counters.Hits;
        var followed = 0;
        await AskWhileUntilAsync(instance, member, () => Task.FromResult(followed++ > 200));

        // It is there to be believed: the state with the claim, and the value without the opt-out.
        await using var connection = RedisConnection.Open(fixture.Cluster.Configuration);
        var cache = new FactsCache(connection, new CacheSettings { Prefix = stage.Prefix });
        var claimed = (await cache.ReadStateAsync(default))!;
        // Of that transaction alone: others on the server, of other tests, may be under way.
        Assert.True(claimed.Snapshot.Sees(ulong.Parse(await stage.ReadOneAsync<string>("SELECT changed_xid::text FROM member ORDER BY changed_xid DESC LIMIT 1"), CultureInfo.InvariantCulture)));
        Belong.ConsentService.Rules.MemberFacts? lost = null;
        await Waiting.UntilAsync(async () =>
        {
            // A new connection may first be sent to who is no longer the primary.
            lost = (await cache.ReadMemberAsync(claimed.Generation, member, TimeSpan.FromSeconds(5))).Facts;
            return lost is not null;
        });
        Assert.Empty(lost!.DmOptOuts);
        Assert.Equal(hits, instance.Counters.Hits);

        await stage.StartAsync(fixture.Settings(Feed));
        await AskWhileUntilAsync(instance, member, async () => (await AskAsync(instance, member)).Basis.Source == FactsSource.Cache);
    }

    private static Task<Decision> AskAsync(ServiceInstance instance, string member) => instance.UseAsync(member, Purpose.DirectMarketing);

    private static async Task AskWhileUntilAsync(ServiceInstance instance, string member, Func<Task<bool>> condition) =>
        await Waiting.UntilAsync(async () =>
        {
            Assert.Equal([ReasonCode.DmOptedOut], (await AskAsync(instance, member)).Reasons);
            return await condition();
        });

    private static async Task<bool> CanVerifyAsync(ServiceInstance instance)
    {
        try
        {
            await instance.Cache.VerifyServersAsync(default);
            return true;
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            return false;
        }
    }

    private static async Task AssertAnsweredFromCacheAsync(ServiceInstance instance)
    {
        foreach (var member in Members)
        {
            await Waiting.UntilAsync(async () => (await AskAsync(instance, member)).Basis.Source == FactsSource.Cache);
        }
    }

    private static Task WaitUntilReadFromCacheAsync(ServiceInstance instance)
    {
        var hits = instance.Counters.Hits;
        return Waiting.UntilAsync(() => instance.Counters.Hits > hits + 200);
    }

    private async Task<(ServiceInstance Instance, ServiceInstance Other)> StartTwoAsync(ServiceStage stage)
    {
        var other = await stage.StartWithPolicyAsync(fixture.Settings(Serve, Feed));
        return (await stage.StartFreshAsync(fixture.Settings(Serve)), other);
    }

    /// <summary>A member whose value is not where the state is, so that they are lost apart.</summary>
    private async Task<string> FindMemberApartAsync(ServiceStage stage)
    {
        var state = await fixture.Cluster.FindPrimaryOfAsync($"{stage.Prefix}:state");
        foreach (var member in Members)
        {
            if (await fixture.Cluster.FindPrimaryOfAsync(await stage.KeyAsync(member)) != state)
            {
                return member;
            }
        }

        throw new InvalidOperationException("all members are with the state");
    }

    private void Say(JudgedLoad load, string more) =>
        output.WriteLine($"{load.Answers} answers, {load.Writes} writes, slowest {load.Slowest.TotalMilliseconds:F0} ms{more}");
}
