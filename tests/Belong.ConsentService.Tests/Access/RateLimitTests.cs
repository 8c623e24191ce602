using Belong.Consent.V1;
using Belong.ConsentService.Access.Grants;
using Belong.ConsentService.Overload;
using Belong.ConsentService.Tests.Hosting;
using Google.Rpc;
using Grpc.Core;
using static Belong.ConsentService.Tests.Access.AccessStage;
using static Belong.ConsentService.Tests.Registry.Changes;

namespace Belong.ConsentService.Tests.Access;

/// <summary>Each caller has what its rates allow, and is told how long to wait for more.</summary>
public sealed class RateLimitTests(AccessStage stage) : IClassFixture<AccessStage>
{
    [Fact]
    public void One_second_may_be_taken_at_once_and_then_what_time_pays()
    {
        var clock = new StillClock();
        var rate = new RateLimit(10, clock);
        Assert.Equal(11, Enumerable.Range(0, 100).Count(i => rate.TryTake(1, out _)));
        Assert.False(rate.TryTake(1, out var wait));
        Assert.Equal(TimeSpan.FromMilliseconds(100), wait);
        clock.Now += TimeSpan.FromMilliseconds(100);
        Assert.True(rate.TryTake(1, out _));
        Assert.False(rate.TryTake(1, out _));
        clock.Now += TimeSpan.FromDays(1);
        Assert.Equal(11, Enumerable.Range(0, 100).Count(i => rate.TryTake(1, out _)));
    }

    [Fact]
    public void A_large_batch_is_taken_whole_and_owed()
    {
        var clock = new StillClock();
        var rate = new RateLimit(100, clock);
        Assert.True(rate.TryTake(1, out _));
        rate.Owe(999);
        Assert.False(rate.TryTake(1, out var wait));
        Assert.Equal(TimeSpan.FromSeconds(9), wait);
        clock.Now += TimeSpan.FromSeconds(9);
        Assert.True(rate.TryTake(1, out _));
    }

    [Fact]
    public async Task Many_at_once_take_no_more_than_there_is()
    {
        var rate = new RateLimit(1_000, new StillClock());
        var taken = await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(() => Enumerable.Range(0, 2_000).Count(i => rate.TryTake(1, out _)))));
        Assert.Equal(1_001, taken.Sum());
    }

    [Fact]
    public async Task Checks_and_writes_above_the_rate_are_refused_with_the_time_to_wait_and_others_are_not()
    {
        var slow = WrittenGrants.Everything("slow", "slow");
        (slow.ChecksPerSecond, slow.RegistryCallsPerSecond) = (1, 1);
        using var grants = new WrittenGrants().Write(1, slow, WrittenGrants.Everything("other", "other"));
        var instance = await stage.StartAsync(grants.Apply);
        var batch = new CheckBatchRequest { Checks = { Enumerable.Range(0, 30).Select(_ => new BatchCheck { Use = Use() }) } };
        Assert.Equal(30, (await instance.Checks.CheckBatchAsync(batch, Bearer("slow"))).Answers.Count);

        var refused = await Assert.ThrowsAsync<RpcException>(async () => await instance.Checks.CheckUseAsync(Use(), Bearer("slow")));
        AssertRateLimited(refused, "the checks of caller 'slow' are above 1 per second, its checks_per_second: try again in ");
        Assert.InRange(refused.GetRpcStatus()!.GetDetail<RetryInfo>().RetryDelay.ToTimeSpan().TotalSeconds, 20, 29);
        Assert.Equal("OK", await AskAsync(instance, Bearer("other")));

        for (var i = 0; i < 2; i++)
        {
            await instance.Registry.GetRegisterAsync(new GetRegisterRequest(), Bearer("slow"));
        }

        AssertRateLimited(
            await Assert.ThrowsAsync<RpcException>(async () => await instance.Registry.GetRegisterAsync(new GetRegisterRequest(), Bearer("slow"))),
            "the calls of ConsentRegistry of caller 'slow' are above 1 per second, its registry_calls_per_second: try again in ");
        Assert.Equal(2, await ReadMetricAsync(instance, "consent_access_refused_total{cause=\"rate_limited\"}"));
        Assert.Equal(1, await ReadMetricAsync(instance, "consent_rpcs_total{rpc=\"CheckUse\",code=\"RESOURCE_EXHAUSTED\"}"));
    }

    [Fact]
    public async Task A_list_above_the_rate_is_held_up_and_not_ended()
    {
        var slow = WrittenGrants.Everything("slow", "slow");
        slow.ChecksPerSecond = 1_000;
        using var grants = new WrittenGrants().Write(1, slow);
        var instance = await stage.StartAsync(grants.Apply);
        using var call = new ConsentAudience.ConsentAudienceClient(instance.Channel).ScreenAudience(Bearer("slow"));
        var begun = TimeProvider.System.GetTimestamp();
        await call.RequestStream.WriteAsync(new() { Header = new AudienceHeader { Use = new CheckUseRequest { Purposes = { Purpose.ServiceDelivery } } } });
        for (var chunk = 0; chunk < 3; chunk++)
        {
            await call.RequestStream.WriteAsync(new() { Chunk = new MemberChunk { MemberIds = { Enumerable.Range(0, 1_000).Select(i => $"M-{i}") } } });
        }

        await call.RequestStream.CompleteAsync();
        var last = await call.ResponseStream.ReadAllAsync().LastAsync();
        Assert.Equal(3_000, last.Summary.MemberCount);
        // One second's worth at once, and the third chunk when the second is paid.
        Assert.InRange(TimeProvider.System.GetElapsedTime(begun).TotalSeconds, 0.9, 20);
    }

    [Fact]
    public async Task A_caller_has_the_batches_vendors_and_facts_that_it_was_granted()
    {
        var shop = WrittenGrants.Everything("shop", "shop");
        (shop.MaxBatchChecks, shop.Vendors, shop.MayRecord) = (2, ["V-CARRIER"], ["registration", "dm_opt_out"]);
        using var grants = new WrittenGrants().Write(1, shop);
        var instance = await stage.StartAsync(grants.Apply);
        var key = Bearer("shop");
        var batch = new CheckBatchRequest { Checks = { Enumerable.Range(0, 3).Select(_ => new BatchCheck { Use = Use() }) } };
        await AssertRefusedAsync("InvalidArgument checks is a list of 3: at most 2 are allowed, the max_batch_checks of caller 'shop'", async () => await instance.Checks.CheckBatchAsync(batch, key));
        await Waiting.UntilAsync(async () => await ReadMetricAsync(instance, "consent_rpcs_total{rpc=\"CheckBatch\",code=\"INVALID_ARGUMENT\"}") == 1);

        Assert.Equal(Outcome.Allow, (await instance.Checks.CheckDisclosureAsync(Disclose("V-CARRIER"), key)).Decision.Outcome);
        const string Ungranted = "PermissionDenied recipient_id is \"V-PARTNER\": caller 'shop' has no grant for it";
        await AssertRefusedAsync(Ungranted, async () => await instance.Checks.CheckDisclosureAsync(Disclose("V-PARTNER"), key));
        var open = Disclose("V-PARTNER");
        open.ClearCapacity();
        await AssertRefusedAsync(Ungranted, async () => await instance.Checks.CheckDisclosureAsync(open, key));
        var answers = (await instance.Checks.CheckBatchAsync(new CheckBatchRequest { Checks = { new BatchCheck { Disclosure = Disclose("V-CARRIER") }, new BatchCheck { Disclosure = Disclose("V-PARTNER") } } }, key)).Answers;
        Assert.Equal((Outcome.Allow, "CALLER_NOT_PERMITTED"), (answers[0].Decision.Outcome, answers[1].Refusal.Reason));
        var header = Disclose("V-PARTNER");
        header.MemberId = "";
        using var list = new ConsentAudience.ConsentAudienceClient(instance.Channel).ScreenAudience(key);
        await list.RequestStream.WriteAsync(new() { Header = new AudienceHeader { Disclosure = header } });
        await AssertRefusedAsync(Ungranted, async () => await list.ResponseStream.MoveNext(default));
        using var watch = new ConsentAudience.ConsentAudienceClient(instance.Channel).WatchDecisions(new() { Header = new AudienceHeader { Disclosure = header } }, key);
        await AssertRefusedAsync(Ungranted, async () => await watch.ResponseStream.MoveNext(default));

        await instance.Registry.RecordMemberAsync(Registry.RegistryHost.Request("M-2", "k1", Registration(), OptOut()), key);
        await AssertRefusedAsync("PermissionDenied changes[1] is dm_opt_out_lift: caller 'shop' may record registration, dm_opt_out",
            async () => await instance.Registry.RecordMemberAsync(Registry.RegistryHost.Request("M-2", "k2", OptOut(), OptOutLift()), key));
        var vendor = new RecordRegisterRequest { Context = Registry.RegistryHost.Context("k3"), Changes = { new RegisterChange { Vendor = new() { Id = "V-9" } } } };
        await AssertRefusedAsync("PermissionDenied changes[0] is vendor: caller 'shop' may record registration, dm_opt_out", async () => await instance.Registry.RecordRegisterAsync(vendor, key));
        using var import = instance.Registry.ImportMembers(key);
        await AssertRefusedAsync("PermissionDenied the call is an import: caller 'shop' may record registration, dm_opt_out", async () => await import.ResponseAsync);
        Assert.Equal(1L, (await instance.Registry.GetMemberAsync(new GetMemberRequest { MemberId = "M-2" }, key)).Member.Version);
    }

    private static async Task AssertRefusedAsync(string expected, Func<Task> ask)
    {
        var error = await Assert.ThrowsAsync<RpcException>(ask);
        Assert.Equal(expected, $"{error.StatusCode} {error.Status.Detail}");
    }

    private static void AssertRateLimited(RpcException refused, string sentence)
    {
        Assert.Equal((StatusCode.ResourceExhausted, "RATE_LIMITED"), (refused.StatusCode, refused.GetRpcStatus()!.GetDetail<ErrorInfo>().Reason));
        Assert.StartsWith(sentence, refused.Status.Detail, StringComparison.Ordinal);
        Assert.True(refused.GetRpcStatus()!.GetDetail<RetryInfo>().RetryDelay.ToTimeSpan() > TimeSpan.Zero);
    }

    private sealed class StillClock : TimeProvider
    {
        public TimeSpan Now { get; set; } = TimeSpan.FromDays(10);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
