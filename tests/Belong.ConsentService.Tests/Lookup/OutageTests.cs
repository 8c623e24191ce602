using Belong.Consent.V1;
using Belong.ConsentService.Tests.Hosting;
using static Belong.ConsentService.Tests.Registry.Changes;

namespace Belong.ConsentService.Tests.Lookup;

/// <summary>One store or both gone, or the feed standing still.</summary>
public sealed class OutageTests
{
    [Fact]
    public async Task Without_Redis_the_database_answers()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await PrepareAsync(stage);
        stage.Redis.Cut();
        for (var i = 0; i < 20; i++)
        {
            AssertAllowed(FactsSource.Database, await instance.UseAsync("M-1", Purpose.DirectMarketing));
        }

        Assert.Equal(0, instance.Counters.FillFailures);
        stage.Redis.Restore();
        await Waiting.UntilAsync(async () => (await instance.UseAsync("M-1")).Basis.Source == FactsSource.Cache);
    }

    [Fact]
    public async Task A_Redis_that_hangs_holds_a_check_no_longer_than_its_bound_and_the_register_stays_fresh()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await PrepareAsync(stage, settings => settings.Redis.LookupTimeoutMs = 50);
        stage.Redis.Stall();
        var stalled = stage.Clock.GetTimestamp();
        AssertAllowed(FactsSource.Database, await instance.UseAsync("M-1"));
        Assert.InRange(stage.Clock.GetElapsedTime(stalled).TotalSeconds, 0, 3);
        var since = stage.Clock.GetTimestamp();
        await Waiting.UntilAsync(() => instance.State.RegisterFreshAsOf > since);
        // Long before the client of Redis gives the connection up.
        Assert.InRange(stage.Clock.GetElapsedTime(stalled).TotalSeconds, 0, 12);
    }

    [Fact]
    public async Task Without_the_database_the_cache_answers_while_it_is_fresh()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await PrepareAsync(stage);
        await stage.StopFeedAsync();
        stage.Lookups.Cut();
        AssertAllowed(FactsSource.Cache, await instance.UseAsync("M-1", Purpose.DirectMarketing));

        stage.Clock.Advance(TimeSpan.FromSeconds(61));
        AssertStoreDenies(ReasonCode.FactsStale, await instance.UseAsync("M-1", Purpose.DirectMarketing), 61);
        var other = await instance.UseAsync("M-1");
        AssertAllowed(FactsSource.Cache, other);
        Assert.InRange(other.Basis.FactsAgeMs, 61_000, 91_000);

        stage.Clock.Advance(TimeSpan.FromSeconds(840));
        AssertStoreDenies(ReasonCode.FactsStale, await instance.UseAsync("M-1"), 901);

        stage.Redis.Cut();
        AssertStoreDenies(ReasonCode.FactsUnavailable, await instance.UseAsync("M-1"), 0);
        AssertStoreDenies(ReasonCode.FactsUnavailable, await instance.UseAsync("nobody"), 0);

        stage.Redis.Restore();
        stage.Lookups.Restore();
        stage.Feed.Restore();
        await Waiting.UntilAsync(async () => (await instance.UseAsync("M-1", Purpose.DirectMarketing)).Outcome == Outcome.Allow);
    }

    [Fact]
    public async Task Without_both_stores_nothing_is_answered_and_both_back_everything()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await PrepareAsync(stage);
        stage.Redis.Cut();
        stage.Lookups.Cut();
        AssertStoreDenies(ReasonCode.FactsUnavailable, await instance.UseAsync("M-1", Purpose.DirectMarketing), 0);
        AssertStoreDenies(ReasonCode.FactsUnavailable, (await instance.Checks.CheckAnonymizedProvisionAsync(new CheckAnonymizedProvisionRequest())).Decision, 0);
        stage.Lookups.Restore();
        AssertAllowed(FactsSource.Database, await instance.UseAsync("M-1"));
        stage.Redis.Restore();
        await Waiting.UntilAsync(async () => (await instance.UseAsync("M-1")).Basis.Source == FactsSource.Cache);
    }

    [Fact]
    public async Task An_audit_whose_archive_cannot_be_read_denies()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await PrepareAsync(stage);
        var before = DateTimeOffset.UtcNow;
        await instance.RecordAsync("M-1", Erasure());
        await stage.WaitUntilCoveredAsync(instance);
        await stage.StopFeedAsync();
        stage.Lookups.Cut();
        var audit = new CheckUseRequest
        {
            MemberId = "M-1",
            Purposes = { Purpose.ServiceDelivery },
            Options = new CheckOptions { Mode = CheckMode.Audit, At = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(before) },
        };
        AssertStoreDenies(ReasonCode.FactsUnavailable, (await instance.Checks.CheckUseAsync(audit)).Decision, 0);
    }

    [Fact]
    public async Task While_the_feed_stands_still_the_database_answers_what_is_too_old_in_the_cache()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await PrepareAsync(stage);
        await stage.StopFeedAsync();
        await instance.RecordAsync("M-1", OptOut());
        AssertAllowed(FactsSource.Cache, await instance.UseAsync("M-1", Purpose.DirectMarketing));

        stage.Clock.Advance(TimeSpan.FromSeconds(61));
        var decision = await instance.UseAsync("M-1", Purpose.DirectMarketing);
        Assert.Equal([ReasonCode.DmOptedOut], decision.Reasons);
        Assert.Equal(FactsSource.Database, decision.Basis.Source);
        Assert.InRange(decision.Basis.FactsAgeMs, 1, 60_000);

        // The register comes from the database then, and need not be read for each check.
        await Waiting.UntilAsync(() => instance.RegisterAge < TimeSpan.FromSeconds(30));
        Assert.True(instance.CacheAge > TimeSpan.FromSeconds(60));
    }

    private static async Task<ServiceInstance> PrepareAsync(ServiceStage stage, Action<Belong.ConsentService.Hosting.ConsentSettings>? configure = null)
    {
        var instance = await stage.StartWithPolicyAsync(configure);
        await instance.RecordAsync("M-1", Registration());
        await stage.WaitUntilCoveredAsync(instance);
        return instance;
    }

    private static void AssertAllowed(FactsSource source, Decision decision) =>
        Assert.Equal((Outcome.Allow, source), (decision.Outcome, decision.Basis.Source));

    private static void AssertStoreDenies(ReasonCode reason, Decision decision, int ageSeconds)
    {
        Assert.Equal((Outcome.Deny, reason, true), (decision.Outcome, decision.Reasons.Single(), decision.Retryable));
        Assert.Equal(0, decision.Basis.MemberVersion);
        Assert.InRange(decision.Basis.FactsAgeMs, ageSeconds * 1_000, (ageSeconds + 30) * 1_000);
    }
}
