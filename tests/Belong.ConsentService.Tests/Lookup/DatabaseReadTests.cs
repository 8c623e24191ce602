using Belong.Consent.V1;
using Belong.ConsentService.Tests.Hosting;
using Grpc.Core;
using static Belong.ConsentService.Tests.Registry.Changes;

namespace Belong.ConsentService.Tests.Lookup;

/// <summary>Reads of PostgreSQL are shared, bounded, and nobody's cancellation is another's.</summary>
public sealed class DatabaseReadTests
{
    [Fact]
    public async Task A_burst_for_one_member_reads_it_one_at_a_time()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await PrepareAsync(stage);
        stage.Lookups.Stall();
        var burst = Enumerable.Range(0, 200).Select(_ => Task.Run(() => instance.UseAsync("M-1"))).ToList();
        await Waiting.UntilAsync(() => instance.Counters.Misses >= 90);
        stage.Lookups.Restore();
        // With one place for reads, a second read of the same member at the same time would be refused.
        Assert.All(await Task.WhenAll(burst), decision => Assert.Equal(Outcome.Allow, decision.Outcome));
        Assert.Equal(0, instance.Reads.Limit.RefusedCount);
    }

    [Fact]
    public async Task Above_the_bound_a_check_is_refused_at_once_and_below_it_answered_again()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await PrepareAsync(stage);
        stage.Lookups.Stall();
        var held = Task.Run(() => instance.UseAsync("M-1"));
        await Waiting.UntilAsync(() => instance.Counters.Misses == 1);

        var started = TimeProvider.System.GetTimestamp();
        var refused = await Assert.ThrowsAsync<RpcException>(() => instance.UseAsync("M-2"));
        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
        Assert.Equal("The reads of PostgreSQL under way are 1, the most that Consent:Postgres:MaxConcurrentLookups allows at once: try again in a moment", refused.Status.Detail);
        Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalSeconds, 0, 5);
        Assert.Equal(1, instance.Reads.Limit.RefusedCount);
        Assert.Contains("consent_refused_overload_total{limit=\"database_reads\"} 1", await instance.Http.GetStringAsync("/metrics"), StringComparison.Ordinal);

        stage.Lookups.Restore();
        Assert.Equal(Outcome.Allow, (await held).Outcome);
        Assert.Equal([ReasonCode.MemberUnknown], (await instance.UseAsync("M-2")).Reasons);
    }

    [Fact]
    public async Task A_read_that_takes_too_long_is_given_up()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await PrepareAsync(stage, lookupTimeoutMs: 300);
        stage.Lookups.Stall();
        Assert.Equal([ReasonCode.FactsUnavailable], (await instance.UseAsync("M-1")).Reasons);
        stage.Lookups.Restore();
        await Waiting.UntilAsync(async () => (await instance.UseAsync("M-1")).Outcome == Outcome.Allow);
    }

    [Fact]
    public async Task A_read_that_fails_gives_its_reservation_back()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await PrepareAsync(stage, lookupTimeoutMs: 300);
        stage.Lookups.Stall();
        Assert.Equal([ReasonCode.FactsUnavailable], (await instance.UseAsync("M-1")).Reasons);
        await Waiting.UntilAsync(async () => !await stage.Keys.KeyExistsAsync(await stage.KeyOfAsync("M-1")));

        stage.Lookups.Restore();
        await Waiting.UntilAsync(async () => (await instance.UseAsync("M-1")).Outcome == Outcome.Allow);
        await Waiting.UntilAsync(async () => (await instance.UseAsync("M-1")).Basis.Source == FactsSource.Cache);
    }

    [Fact]
    public async Task Who_hangs_up_ends_nobody_elses_read()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await PrepareAsync(stage);
        stage.Lookups.Stall();
        using var hangUp = new CancellationTokenSource();
        var first = Task.Run(() => instance.UseAsync("M-1", "", hangUp.Token));
        await Waiting.UntilAsync(() => instance.Counters.Misses == 1);
        var second = Task.Run(() => instance.UseAsync("M-1"));
        await Waiting.UntilAsync(() => instance.Counters.Misses == 2);

        await hangUp.CancelAsync();
        var error = await Assert.ThrowsAsync<RpcException>(() => first);
        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
        Assert.False(second.IsCompleted);

        stage.Lookups.Restore();
        Assert.Equal((Outcome.Allow, FactsSource.Database), ((await second).Outcome, (await second).Basis.Source));
        Assert.Equal(0, instance.Reads.Limit.RefusedCount);
    }

    [Fact]
    public async Task A_restart_of_the_servers_connections_is_not_seen_by_a_check()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await PrepareAsync(stage);
        for (var round = 0; round < 5; round++)
        {
            await stage.ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
            await stage.Keys.KeyDeleteAsync(await stage.KeyOfAsync("M-1"));
            Assert.Equal(Outcome.Allow, (await instance.UseAsync("M-1")).Outcome);
        }
    }

    /// <summary>M-1 is registered and not in the cache; one read of the database at a time.</summary>
    private static async Task<ServiceInstance> PrepareAsync(ServiceStage stage, int lookupTimeoutMs = 20_000)
    {
        var instance = await stage.StartWithPolicyAsync(settings =>
        {
            settings.Postgres.MaxConcurrentLookups = 1;
            settings.Postgres.LookupTimeoutMs = lookupTimeoutMs;
        });
        await instance.RecordAsync("M-1", Registration());
        await stage.WaitUntilCoveredAsync(instance);
        await stage.Keys.KeyDeleteAsync(await stage.KeyOfAsync("M-1"));
        return instance;
    }
}
