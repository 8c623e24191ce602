using Belong.Consent.V1;
using Belong.ConsentService.Freshness;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Tests.Hosting;
using Belong.ConsentService.Tests.Overload;
using Grpc.Core;
using static Belong.ConsentService.Tests.Registry.Changes;

namespace Belong.ConsentService.Tests.Lookup;

/// <summary>Callers that go before they are answered.</summary>
public sealed class AbandonedCheckTests
{
    private const int Calls = 400;
    private const int Members = 40;

    [Fact]
    public async Task Thousands_of_cancelled_and_expired_calls_leave_nothing_behind_and_are_nobodys_failure()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await PrepareAsync(stage);
        for (var round = 0; round < 2; round++)
        {
            stage.Redis.Stall();
            await AbandonAsync(instance, i => $"M-{i % Members}");
            stage.Redis.Restore();
            await AssertNothingIsLeftAsync(instance);

            stage.Lookups.Stall();
            await AbandonAsync(instance, i => $"N-{i % Members}");
            await AbandonAsync(instance, _ => "N-alone");
            await ExpireAsync(instance, i => $"N-{i % Members}");
            stage.Lookups.Restore();
            await AssertNothingIsLeftAsync(instance);
        }

        stage.Redis.Stall();
        await ExpireAsync(instance, i => $"M-{i % Members}");
        stage.Redis.Restore();
        await AssertNothingIsLeftAsync(instance);

        Assert.Equal((0, 0, 0), (instance.Counters.CacheFailures, instance.Counters.DatabaseFailures, instance.Reads.Limit.RefusedCount));
        // The stores did hang, and what watches them says so, once.
        var lines = stage.Warnings.Without(typeof(FreshnessWorker).FullName!, typeof(Belong.ConsentService.Feed.FeedWorker).FullName!);
        Assert.True(lines.Count == 0, string.Join('\n', lines.Take(5)));
        Assert.DoesNotContain("consent_checks_abandoned_total 0\n", await instance.Http.GetStringAsync("/metrics"), StringComparison.Ordinal);
    }

    /// <summary>Calls that are cancelled while they wait.</summary>
    private static async Task AbandonAsync(ServiceInstance instance, Func<int, string> member)
    {
        using var hangUp = new CancellationTokenSource();
        var calls = Enumerable.Range(0, Calls).Select(i => Task.Run(() => instance.UseAsync(member(i), "", hangUp.Token))).ToList();
        // As many as the connection carries at once, or more.
        await Waiting.UntilAsync(() => OverloadTests.InFlight(instance, "checks") >= 90);
        await hangUp.CancelAsync();
        foreach (var call in calls)
        {
            var error = await Assert.ThrowsAnyAsync<Exception>(() => call);
            Assert.True(error is RpcException { StatusCode: StatusCode.Cancelled } or OperationCanceledException, $"{error}");
        }
    }

    private static async Task ExpireAsync(ServiceInstance instance, Func<int, string> member)
    {
        // Some too short to be answered in, some long enough.
        var outcomes = await Task.WhenAll(Enumerable.Range(0, Calls).Select(i =>
            Task.Run(() => AskAsync(instance, member(i), DateTime.UtcNow.AddMilliseconds(1 + (i % 4 * 100))))));
        Assert.Contains(StatusCode.DeadlineExceeded, outcomes);
        Assert.DoesNotContain(StatusCode.Internal, outcomes);
        Assert.DoesNotContain(StatusCode.Unknown, outcomes);
    }

    private static async Task<StatusCode> AskAsync(ServiceInstance instance, string member, DateTime deadline)
    {
        try
        {
            await instance.Checks.CheckUseAsync(new CheckUseRequest { MemberId = member, Purposes = { Purpose.ServiceDelivery } }, deadline: deadline);
            return StatusCode.OK;
        }
        catch (RpcException e)
        {
            return e.StatusCode;
        }
    }

    private static async Task AssertNothingIsLeftAsync(ServiceInstance instance)
    {
        await Waiting.UntilAsync(() => OverloadTests.InFlight(instance, "checks") == 0);
        await Waiting.UntilAsync(() => instance.Reads.Limit.InFlight == 0 && instance.Reads.FlightCount == 0);
        await Waiting.UntilAsync(() => instance.Get<CacheFills>().UnderWay == 0);
        await Waiting.UntilAsync(async () => (await instance.UseAsync("M-1")).Basis.Source == FactsSource.Cache);
        Assert.Equal(Outcome.Allow, (await instance.UseAsync("M-2")).Outcome);
        Assert.Equal([ReasonCode.MemberUnknown], (await instance.UseAsync("nobody")).Reasons);
    }

    private static async Task<ServiceInstance> PrepareAsync(ServiceStage stage)
    {
        var instance = await stage.StartWithPolicyAsync(settings =>
        {
            // Nothing is to fail but by the callers' doing, however slow the machine.
            settings.Redis.LookupTimeoutMs = 60_000;
            settings.Redis.Configuration += ",asyncTimeout=60000,syncTimeout=60000";
            settings.Postgres.LookupTimeoutMs = 60_000;
        });
        for (var i = 0; i < Members; i++)
        {
            await instance.RecordAsync($"M-{i}", Registration());
        }

        await stage.WaitUntilCoveredAsync(instance);
        await instance.UseAsync("M-1");
        return instance;
    }
}
