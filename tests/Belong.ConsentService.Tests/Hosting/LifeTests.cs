using System.Net;
using Belong.Consent.V1;
using Belong.ConsentService.Database;
using Belong.ConsentService.Testing;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using static Belong.ConsentService.Tests.Registry.Changes;
using Status = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Belong.ConsentService.Tests.Hosting;

/// <summary>Starting, roles, ports, readiness and stopping.</summary>
public sealed class LifeTests
{
    [Fact]
    public async Task One_instance_feeds_and_another_serves()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var feeder = await stage.StartAsync(settings => settings.Roles = ["feed"]);
        var server = await stage.StartWithPolicyAsync(settings => settings.Roles = ["serve"]);
        await server.RecordAsync("M-1", Registration());
        await stage.WaitUntilCoveredAsync(server);
        Assert.Equal((Outcome.Allow, FactsSource.Cache), ((await server.UseAsync("M-1")).Outcome, (await server.UseAsync("M-1")).Basis.Source));

        var error = await Assert.ThrowsAsync<RpcException>(() => feeder.UseAsync("M-1"));
        Assert.Equal(StatusCode.Unimplemented, error.StatusCode);
        Assert.Equal("ready\n", await feeder.Http.GetStringAsync("/healthz/ready"));
        Assert.Equal(Status.Serving, await HealthAsync(feeder));
        Assert.Contains("consent_feed_events_total", await feeder.Http.GetStringAsync("/metrics"), StringComparison.Ordinal);
        Assert.DoesNotContain("consent_feed_events_total", await server.Http.GetStringAsync("/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_instances_start_at_once_on_an_empty_database()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instances = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => stage.StartFreshAsync())));
        await instances[0].RecordPolicyAsync();
        await instances[1].RecordAsync("M-1", Registration());
        foreach (var instance in instances)
        {
            await stage.WaitUntilCoveredAsync(instance);
            Assert.Equal(Outcome.Allow, (await instance.UseAsync("M-1")).Outcome);
        }

        Assert.Equal(Migration.ReadAll().Length, await stage.ReadOneAsync<long>("SELECT count(*) FROM schema_migration"));
    }

    [Fact]
    public async Task Ready_is_said_when_facts_are_there_and_says_why_not()
    {
        await using var stage = await ServiceStage.CreateAsync();
        stage.Lookups.Cut();
        stage.Feed.Cut();
        var instance = await stage.StartAsync();
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "not ready: the register has not been read yet\n"), await ReadyAsync(instance));
        Assert.Equal(Status.NotServing, await HealthAsync(instance));
        Assert.StartsWith("live: ", await instance.Http.GetStringAsync("/healthz/live"), StringComparison.Ordinal);

        stage.Lookups.Restore();
        stage.Feed.Restore();
        await stage.WaitUntilCoveredAsync(instance);
        Assert.Equal((HttpStatusCode.OK, "ready\n"), await ReadyAsync(instance));
        await Waiting.UntilAsync(async () => await HealthAsync(instance) == Status.Serving);

        // The feed alone stands still: the database answers.
        await stage.StopFeedAsync();
        stage.Clock.Advance(TimeSpan.FromSeconds(100));
        await Waiting.UntilAsync(async () => (await ReadyAsync(instance)).Code == HttpStatusCode.OK);
        Assert.Matches("^ready, degraded: the cache is 1[0-9][0-9] s old; 60 s are allowed(; the feed .*)?\n$", (await ReadyAsync(instance)).Text);

        stage.Lookups.Cut();
        stage.Clock.Advance(TimeSpan.FromSeconds(100));
        Assert.Matches("^not ready: the register is 1[0-9][0-9] s old; 60 s are allowed\n$", (await ReadyAsync(instance)).Text);
        await Waiting.UntilAsync(async () => await HealthAsync(instance) == Status.NotServing);
    }

    [Fact]
    public async Task Who_stops_says_so_and_goes_on_answering_for_a_while()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await stage.StartWithPolicyAsync(settings => settings.DrainMs = 3_000);
        await Waiting.UntilAsync(async () => await HealthAsync(instance) == Status.Serving);

        var stopping = instance.App.StopAsync();
        await Waiting.UntilAsync(async () => await HealthAsync(instance) == Status.NotServing);
        Assert.False(stopping.IsCompleted);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "not ready: stopping\n"), await ReadyAsync(instance));
        Assert.Equal([ReasonCode.MemberUnknown], (await instance.UseAsync("M-1")).Reasons);
        await stopping;
        await Assert.ThrowsAsync<RpcException>(() => instance.UseAsync("M-1"));
    }

    [Fact]
    public async Task Who_stops_answers_what_is_in_flight()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await stage.StartWithPolicyAsync(settings => settings.Postgres.LookupTimeoutMs = 2_000);
        stage.Lookups.Stall();
        var calls = Enumerable.Range(0, 50).Select(i => Task.Run(() => instance.UseAsync($"N-{i}"))).ToList();
        await Waiting.UntilAsync(() => Overload.OverloadTests.InFlight(instance, "checks") == 50);
        var started = TimeProvider.System.GetTimestamp();
        await instance.App.StopAsync();
        Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalSeconds, 0, 29);
        Assert.All(await Task.WhenAll(calls), decision => Assert.Equal([ReasonCode.FactsUnavailable], decision.Reasons));
    }

    [Fact]
    public async Task Metrics_count_what_happens_and_each_port_has_its_own()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await stage.StartWithPolicyAsync();
        await instance.UseAsync("M-1");
        await instance.UseAsync("M-1");
        await Assert.ThrowsAsync<RpcException>(() => instance.UseAsync(""));

        var metrics = await instance.Http.GetStringAsync("/metrics");
        foreach (var line in new[]
        {
            "consent_checks_total{kind=\"use\",outcome=\"DENY\",reason=\"MEMBER_UNKNOWN\"} 2", "consent_checks_total{kind=\"use\",outcome=\"REFUSED\",reason=\"REQUEST_MALFORMED\"} 1",
            "consent_checks_total{kind=\"third_party\",outcome=\"ALLOW\",reason=\"THIRD_PARTY_CONSENTED\"} 0", "consent_check_seconds_count{kind=\"use\"} 2",
            "consent_check_seconds_bucket{kind=\"use\",le=\"0.001\"}", "consent_cache_reads_total{result=\"hit\"} 1", "consent_cache_reads_total{result=\"miss\"} 1",
            "consent_database_reads_total{result=\"read\"} 1", "consent_facts_age_seconds{facts=\"members\"}", "consent_facts_age_seconds{facts=\"register\"}",
            "consent_feed_events_total{event=\"cycle\"}", "consent_feed_rebuilding 0",
        })
        {
            Assert.Contains(line, metrics, StringComparison.Ordinal);
        }

        Assert.Equal(HttpStatusCode.NotFound, (await instance.Http.GetAsync(new Uri("/nothing", UriKind.Relative))).StatusCode);
        await AssertPortsAsync(instance);
    }

    private static async Task AssertPortsAsync(ServiceInstance instance)
    {
        using var client = new HttpClient { BaseAddress = new Uri(instance.App.Urls.First()) };
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => client.GetStringAsync(new Uri("/metrics", UriKind.Relative)));
        foreach (var path in new[] { "/metrics", "/healthz/ready", "/healthz/live" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
            using var response = await client.SendAsync(request);
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        }

        using var channel = GrpcChannel.ForAddress(instance.App.Urls.Last());
        var error = await Assert.ThrowsAsync<RpcException>(async () =>
            await new ConsentCheck.ConsentCheckClient(channel).CheckUseAsync(new CheckUseRequest(), deadline: DateTime.UtcNow.AddSeconds(10)));
        Assert.NotEqual(StatusCode.InvalidArgument, error.StatusCode);
    }

    private static async Task<Status> HealthAsync(ServiceInstance instance) =>
        (await new Health.HealthClient(instance.Channel).CheckAsync(new HealthCheckRequest())).Status;

    private static async Task<(HttpStatusCode Code, string Text)> ReadyAsync(ServiceInstance instance)
    {
        using var response = await instance.Http.GetAsync(new Uri("/healthz/ready", UriKind.Relative));
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
