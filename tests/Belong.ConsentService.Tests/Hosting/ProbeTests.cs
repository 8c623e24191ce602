using System.Net;
using Belong.ConsentService.Testing;
using Grpc.Core;
using Grpc.Health.V1;
using static Belong.ConsentService.Tests.Registry.Changes;
using Status = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Belong.ConsentService.Tests.Hosting;

/// <summary>Live, ready and degraded are three things, over HTTP and over gRPC, with the reasons.</summary>
public sealed class ProbeTests
{
    private const string NoRedis = "Redis does not answer";
    private const string NoPostgres = "PostgreSQL does not answer";

    [Fact]
    public async Task Without_Redis_an_instance_is_live_ready_and_degraded()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await stage.StartWithPolicyAsync(settings => settings.Roles = ["serve", "feed"]);
        await Waiting.UntilAsync(async () => await DegradedAsync(instance) == (HttpStatusCode.OK, "not degraded\n"));
        await Waiting.UntilAsync(async () => (await HealthAsync(instance, "degraded")).Status == Status.Serving);

        stage.Redis.Cut();
        await AwaitReasonAsync(instance, NoRedis);
        await AwaitReasonAsync(instance, "the feed fails and tries again");
        Assert.StartsWith("live: ", await instance.Http.GetStringAsync("/healthz/live"), StringComparison.Ordinal);
        Assert.StartsWith("ready, degraded: ", await instance.Http.GetStringAsync("/healthz/ready"), StringComparison.Ordinal);
        Assert.Equal((Status.Serving, ""), await HealthAsync(instance, ""));
        Assert.Equal((Status.Serving, ""), await HealthAsync(instance, "live"));
        await AwaitHealthReasonAsync(instance, NoRedis);

        stage.Redis.Restore();
        await Waiting.UntilAsync(async () => (await DegradedAsync(instance)).Code == HttpStatusCode.OK);
        await Waiting.UntilAsync(async () => await HealthAsync(instance, "degraded") == (Status.Serving, ""));
    }

    [Fact]
    public async Task A_Redis_that_hangs_is_told_as_such()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await stage.StartWithPolicyAsync(settings => settings.Redis.LookupTimeoutMs = 50);
        await instance.RecordAsync("M-1", Registration());
        await stage.WaitUntilCoveredAsync(instance);
        stage.Redis.Stall();
        for (var i = 0; i < 5; i++)
        {
            await instance.UseAsync("M-1");
        }

        await AwaitReasonAsync(instance, "Redis hangs: checks do not ask it");
        await AwaitReasonAsync(instance, NoRedis);
    }

    [Fact]
    public async Task Without_PostgreSQL_an_instance_is_degraded_and_not_to_be_restarted()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await stage.StartWithPolicyAsync();
        stage.Lookups.Stall();
        await AwaitReasonAsync(instance, NoPostgres);
        await AwaitHealthReasonAsync(instance, NoPostgres);
        Assert.StartsWith("live: ", await instance.Http.GetStringAsync("/healthz/live"), StringComparison.Ordinal);
        Assert.StartsWith("ready, degraded: ", await instance.Http.GetStringAsync("/healthz/ready"), StringComparison.Ordinal);

        // Longer than the bound on the age of facts: it can no longer answer, and still lives.
        stage.Feed.Stall();
        stage.Clock.Advance(TimeSpan.FromSeconds(100));
        await Waiting.UntilAsync(async () => await HealthAsync(instance, "ready") is (Status.NotServing, var why) && why.Contains("the register is 1", StringComparison.Ordinal));
        Assert.StartsWith("live: ", await instance.Http.GetStringAsync("/healthz/live"), StringComparison.Ordinal);
        Assert.Equal((Status.Serving, ""), await HealthAsync(instance, "live"));
    }

    [Fact]
    public async Task A_feed_alone_is_ready_once_it_has_carried_something_and_while_it_moves()
    {
        await using var stage = await ServiceStage.CreateAsync();
        stage.Feed.Cut();
        var feeder = await stage.StartAsync(settings => settings.Roles = ["feed"]);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "not ready: the feed has carried nothing yet\n"), await GetAsync(feeder, "/healthz/ready"));
        Assert.Equal((Status.NotServing, "the feed has carried nothing yet"), await HealthAsync(feeder, ""));
        await AwaitReasonAsync(feeder, "the feed fails and tries again");

        stage.Feed.Restore();
        await Waiting.UntilAsync(async () => await DegradedAsync(feeder) == (HttpStatusCode.OK, "not degraded\n"));
        await stage.StopFeedAsync();
        stage.Clock.Advance(TimeSpan.FromSeconds(20));
        await AwaitReasonAsync(feeder, "the feed has stood still for 2");
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(feeder, "/healthz/ready")).Code);
        stage.Clock.Advance(TimeSpan.FromSeconds(100));
        await Waiting.UntilAsync(async () => (await GetAsync(feeder, "/healthz/ready")).Text.StartsWith("not ready: the feed has stood still for 12", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_cache_that_is_built_anew_and_one_that_nobody_vouches_for_are_told()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await stage.StartWithPolicyAsync();
        await stage.ExecuteAsync("""INSERT INTO member (id, facts) SELECT 'R-' || n, '{"items":["NAME"]}' FROM generate_series(1, 20000) n""");
        await stage.WaitUntilCoveredAsync(instance);
        stage.Redis.Delay(TimeSpan.FromMilliseconds(100));
        // The state goes, as with a Redis that came back empty.
        await stage.Keys.KeyDeleteAsync($"{stage.Prefix}:state");
        await AwaitReasonAsync(instance, "nobody vouches for what is in Redis");
        await AwaitReasonAsync(instance, "the feed builds the cache anew");
        stage.Redis.Delay(TimeSpan.Zero);
        await Waiting.UntilAsync(async () => (await DegradedAsync(instance)).Code == HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_watch_of_health_is_told_each_change_and_an_unknown_name_is_refused()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await stage.StartWithPolicyAsync(settings => settings.DrainMs = 500);
        await Waiting.UntilAsync(async () => (await HealthAsync(instance, "degraded")).Status == Status.Serving);
        using var degraded = new Health.HealthClient(instance.Channel).Watch(new HealthCheckRequest { Service = "degraded" });
        using var ready = new Health.HealthClient(instance.Channel).Watch(new HealthCheckRequest { Service = "belong.consent.v1.ConsentCheck" });
        using var unknown = new Health.HealthClient(instance.Channel).Watch(new HealthCheckRequest { Service = "other" });
        Assert.Equal(Status.Serving, await NextAsync(degraded));
        Assert.Equal(Status.Serving, await NextAsync(ready));
        Assert.Equal(Status.ServiceUnknown, await NextAsync(unknown));
        var error = await Assert.ThrowsAsync<RpcException>(() => HealthAsync(instance, "other"));
        Assert.Equal(StatusCode.NotFound, error.StatusCode);

        stage.Redis.Cut();
        Assert.Equal(Status.NotServing, await NextAsync(degraded));
        stage.Redis.Restore();
        Assert.Equal(Status.Serving, await NextAsync(degraded));
        var stopping = instance.App.StopAsync();
        Assert.Equal(Status.NotServing, await NextAsync(ready));
        Assert.Equal(StatusCode.Unavailable, (await Assert.ThrowsAsync<RpcException>(() => NextAsync(ready))).StatusCode);
        await stopping;
    }

    private static async Task<Status> NextAsync(AsyncServerStreamingCall<HealthCheckResponse> watch)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        Assert.True(await watch.ResponseStream.MoveNext(patience.Token));
        return watch.ResponseStream.Current.Status;
    }

    private static Task AwaitReasonAsync(ServiceInstance instance, string reason) => Waiting.UntilAsync(
        async () => await DegradedAsync(instance) is (HttpStatusCode.ServiceUnavailable, var text) && text.Contains(reason, StringComparison.Ordinal), reason);

    private static Task AwaitHealthReasonAsync(ServiceInstance instance, string reason) => Waiting.UntilAsync(
        async () => await HealthAsync(instance, "degraded") is (Status.NotServing, var why) && why.Contains(reason, StringComparison.Ordinal), reason);

    private static async Task<(Status Status, string Reasons)> HealthAsync(ServiceInstance instance, string service)
    {
        using var call = new Health.HealthClient(instance.Channel).CheckAsync(new HealthCheckRequest { Service = service });
        var answer = await call.ResponseAsync;
        return (answer.Status, call.GetTrailers().GetValue("consent-health-reasons") ?? "");
    }

    private static Task<(HttpStatusCode Code, string Text)> DegradedAsync(ServiceInstance instance) => GetAsync(instance, "/healthz/degraded");

    private static async Task<(HttpStatusCode Code, string Text)> GetAsync(ServiceInstance instance, string path)
    {
        using var response = await instance.Http.GetAsync(new Uri(path, UriKind.Relative));
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
