using Belong.Consent.V1;
using Belong.ConsentService.Tests.Hosting;
using Grpc.Core;
using static Belong.ConsentService.Tests.Registry.Changes;

namespace Belong.ConsentService.Tests.Lookup;

/// <summary>A store that hangs: who set a deadline learns the reason before it passes.</summary>
public sealed class DeadlineTests
{
    [Theory]
    [InlineData(1_000)]
    [InlineData(3_000)]
    public async Task A_miss_is_answered_before_the_deadline_and_so_is_a_stale_cache_and_a_token(int deadlineMs)
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await PrepareAsync(stage);
        await stage.StopFeedAsync();
        var token = await instance.RecordAsync("M-1", OptOut());
        var unknownToken = await instance.RecordAsync("M-2", Registration());
        Assert.True(await stage.Keys.KeyDeleteAsync(await stage.KeyOfAsync("M-3")));
        stage.Lookups.Stall();
        AssertDenied(ReasonCode.FactsUnavailable, await AskAsync(instance, "M-3", "", deadlineMs));
        AssertDenied(ReasonCode.FactsStale, await AskAsync(instance, "M-1", token, deadlineMs));
        AssertDenied(ReasonCode.FactsStale, await AskAsync(instance, "M-2", unknownToken, deadlineMs));
        Assert.Equal(Outcome.Allow, (await AskAsync(instance, "M-1", "", deadlineMs)).Outcome);

        stage.Clock.Advance(TimeSpan.FromSeconds(61));
        var stale = await AskAsync(instance, "M-1", "", deadlineMs);
        AssertDenied(ReasonCode.FactsStale, stale);
        Assert.InRange(stale.Basis.FactsAgeMs, 61_000, 91_000);
        Assert.True(instance.Counters.DatabaseGivenUp >= 4);
        Assert.Equal(0, instance.Counters.DatabaseFailures);

        stage.Redis.Stall();
        AssertDenied(ReasonCode.FactsUnavailable, await AskAsync(instance, "M-1", token, deadlineMs));
        AssertDenied(ReasonCode.FactsUnavailable, await AskAsync(instance, "M-1", "", deadlineMs));

        stage.Redis.Restore();
        stage.Lookups.Restore();
        await Waiting.UntilAsync(async () => (await instance.UseAsync("M-1", token, default, Purpose.DirectMarketing)).Reasons.Contains(ReasonCode.DmOptedOut));
    }

    [Fact]
    public async Task A_Redis_that_hangs_leaves_time_for_the_database()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await PrepareAsync(stage);
        stage.Redis.Stall();
        // Redis may take 2 s by the settings of the stage.
        var decision = await AskAsync(instance, "M-1", "", 1_000);
        Assert.Equal((Outcome.Allow, FactsSource.Database), (decision.Outcome, decision.Basis.Source));
        Assert.InRange(instance.Counters.CacheGivenUp, 1, 3);
        Assert.Equal(0, instance.Counters.CacheFailures);
    }

    [Fact]
    public async Task Without_a_deadline_too_a_token_that_the_cache_does_not_cover_is_stale_while_the_database_is_gone()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await PrepareAsync(stage);
        await stage.StopFeedAsync();
        var token = await instance.RecordAsync("M-1", OptOut());
        stage.Lookups.Cut();
        var decision = await instance.UseAsync("M-1", token, default, Purpose.DirectMarketing);
        AssertDenied(ReasonCode.FactsStale, decision);
        Assert.InRange(decision.Basis.FactsAgeMs, 0, 30_000);
        Assert.Equal((0, FactsSource.Unspecified), (decision.Basis.MemberVersion, decision.Basis.Source));
        stage.Redis.Cut();
        AssertDenied(ReasonCode.FactsUnavailable, await instance.UseAsync("M-1", token, default, Purpose.DirectMarketing));
    }

    [Fact]
    public async Task Who_joins_a_read_leaves_it_at_its_own_deadline_and_who_has_time_gets_the_answer()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await PrepareAsync(stage);
        await stage.Keys.KeyDeleteAsync(await stage.KeyOfAsync("M-1"));
        stage.Lookups.Stall();
        var patient = Task.Run(() => instance.UseAsync("M-1"));
        await Waiting.UntilAsync(() => instance.Reads.FlightCount == 1);
        AssertDenied(ReasonCode.FactsUnavailable, await AskAsync(instance, "M-1", "", 500));
        Assert.Equal((1, 1), (instance.Reads.FlightCount, instance.Reads.Limit.InFlight));
        stage.Lookups.Restore();
        Assert.Equal(Outcome.Allow, (await patient).Outcome);
    }

    /// <summary>Tries more than once: a machine that is busy with other tests may be late by itself, but not each time.</summary>
    private static async Task<Decision> AskAsync(ServiceInstance instance, string member, string token, int deadlineMs)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await AskOnceAsync(instance, member, token, deadlineMs);
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.DeadlineExceeded && attempt < 3)
            {
                // Once more.
            }
        }
    }

    private static async Task<Decision> AskOnceAsync(ServiceInstance instance, string member, string token, int deadlineMs) => (await instance.Checks.CheckUseAsync(
        new CheckUseRequest
        {
            MemberId = member,
            Channel = Consent.V1.Channel.Email,
            Purposes = { Purpose.DirectMarketing },
            Options = new CheckOptions { MinFactsVersion = token },
        },
        deadline: DateTime.UtcNow.AddMilliseconds(deadlineMs))).Decision;

    private static async Task<ServiceInstance> PrepareAsync(ServiceStage stage)
    {
        var instance = await stage.StartWithPolicyAsync();
        foreach (var id in new[] { "M-1", "M-3" })
        {
            await instance.RecordAsync(id, Registration());
        }

        await stage.WaitUntilCoveredAsync(instance);
        // The first call of a kind takes its time.
        await instance.UseAsync("M-1", Purpose.DirectMarketing);
        await instance.UseAsync("nobody", Purpose.DirectMarketing);
        return instance;
    }

    private static void AssertDenied(ReasonCode reason, Decision decision) =>
        Assert.Equal((Outcome.Deny, reason, true), (decision.Outcome, decision.Reasons.Single(), decision.Retryable));
}
