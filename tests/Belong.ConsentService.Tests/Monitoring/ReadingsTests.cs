using System.Diagnostics;
using System.Globalization;
using Belong.Consent.V1;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Rules;
using Belong.ConsentService.Testing.Cases;
using Belong.ConsentService.Tests.Feed;
using Belong.ConsentService.Tests.Hosting;
using static Belong.ConsentService.Tests.Registry.Changes;
using Reason = Belong.ConsentService.Rules.Reason;

namespace Belong.ConsentService.Tests.Monitoring;

/// <summary>Metrics move when what they tell of happens.</summary>
public sealed class ReadingsTests
{
    [Fact]
    public void The_outcome_follows_from_the_reason_as_in_the_cases_of_the_spec()
    {
        var reasons = Enum.GetValues<Reason>().ToDictionary(reason => ReasonCatalogue.Of(reason).Code);
        var cases = CaseFolder.Load(MonitoringFiles.SpecCases);
        Assert.True(cases.Select(one => one.Expected.Outcome).Distinct().Count() == 4, "the cases lack an outcome");
        Assert.All(cases, one => Assert.Equal(one.Expected.Outcome ?? "REFUSED", ConsentMetrics.OutcomeOf(one.Expected.Outcome is null
            ? one.Expected.GrpcStatus == "INVALID_ARGUMENT" ? Reason.RequestMalformed : Reason.CallerNotPermitted
            : reasons[one.Expected.Reasons[0]])));
    }

    [Fact]
    public void To_count_and_to_time_a_check_allocates_nothing()
    {
        var metrics = new ConsentMetrics(Prometheus.Metrics.NewCustomRegistry());
        var decision = new Rules.Decision { Outcome = Rules.Outcome.Deny, Reasons = ReasonSet.Of(Reason.DmOptedOut) };
        Count(100);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Count(10_000);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000);

        void Count(int checks)
        {
            for (var i = 0; i < checks; i++)
            {
                var begun = Stopwatch.GetTimestamp();
                metrics.Answered(RedisOperation.Get, begun);
                metrics.Answered(PostgresOperation.Lookup, begun);
                metrics.Decided(Kind.Use, decision, TimeSpan.FromMicroseconds(i));
            }
        }
    }

    [Fact]
    public async Task Stores_are_timed_by_what_they_are_asked_for()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await stage.StartWithPolicyAsync();
        await instance.RecordAsync("M-1", Registration());
        await stage.WaitUntilCoveredAsync(instance);
        await instance.UseAsync("M-1");
        await instance.UseAsync("nobody");
        await instance.Checks.CheckBatchAsync(new CheckBatchRequest { Checks = { Use("M-1"), Use("missing") } });
        await Waiting.UntilAsync(() => instance.Counters.Fills == 1);

        var page = await instance.Http.GetStringAsync("/metrics");
        Assert.All(
            ["get", "bulk_mget", "reserve", "fill", "read_state", "feed_write", "advance_state"],
            operation => Assert.True(Read(page, $"consent_redis_seconds_count{{operation=\"{operation}\"}}") > 0, operation));
        Assert.All(
            ["lookup", "lookup_many", "probe", "record_member", "record_register", "feed_read"],
            operation => Assert.True(Read(page, $"consent_postgres_seconds_count{{operation=\"{operation}\"}}") > 0, operation));
        Assert.Equal(1, Read(page, "consent_postgres_seconds_count{operation=\"lookup\"}"));
        Assert.Equal(1, Read(page, "consent_cache_fills_total"));
        Assert.Equal(11, Read(page, "consent_register_vendors"));
        Assert.Equal(instance.State.Position!.Xmax, Read(page, "consent_facts_position"), 5.0);
        Assert.Equal(Read(page, "consent_facts_position"), Read(page, "consent_feed_position"), 5.0);
        Assert.InRange(Read(page, "consent_feed_lag_seconds"), 0, 2);
    }

    [Fact]
    public async Task A_store_that_is_gone_falls_silent_and_the_other_does_not()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await stage.StartWithPolicyAsync();
        Assert.Equal((1, 0), await ReadStateAsync(instance));
        stage.Redis.Cut();
        await AssertSilentAsync(instance, "redis", "postgres");
        stage.Redis.Restore();
        await Waiting.UntilAsync(async () => Read(await instance.Http.GetStringAsync("/metrics"), Silence("redis")) < 0.5);

        stage.Lookups.Cut();
        await AssertSilentAsync(instance, "postgres", "redis");
        stage.Clock.Advance(TimeSpan.FromSeconds(100));
        await Waiting.UntilAsync(async () => await ReadStateAsync(instance) == (0, 0));
    }

    [Fact]
    public async Task A_feed_that_is_not_woken_shows_as_fallback_and_one_that_is_does_not()
    {
        await using var stage = await FeedStage.CreateAsync();
        stage.Settings.PollMs = 50;
        stage.Settings.HeartbeatMs = 60_000;
        var counters = await stage.StartFeedAsync();
        await stage.WaitUntilCoveredAsync();
        await stage.PutAsync("M-1");
        await stage.WaitUntilCoveredAsync();
        await Waiting.UntilAsync(() => counters.Position > 0 && counters.Lag(TimeProvider.System) < TimeSpan.FromSeconds(2));
        Assert.Equal(0, counters.Fallbacks);

        await stage.ExecuteAsync("ALTER TABLE member DISABLE TRIGGER member_notify");
        await stage.PutAsync("M-2");
        await Waiting.UntilAsync(() => counters.Fallbacks == 1);
        Assert.NotNull((await stage.ReadAsync("M-2")).Facts);
    }

    private static async Task AssertSilentAsync(ServiceInstance instance, string silent, string answering)
    {
        await Waiting.UntilAsync(async () => Read(await instance.Http.GetStringAsync("/metrics"), Silence(silent)) > 2);
        Assert.InRange(Read(await instance.Http.GetStringAsync("/metrics"), Silence(answering)), 0, 1.5);
    }

    private static async Task<(double Ready, double Degraded)> ReadStateAsync(ServiceInstance instance)
    {
        var page = await instance.Http.GetStringAsync("/metrics");
        return (Read(page, "consent_ready"), Read(page, "consent_degraded"));
    }

    private static string Silence(string store) => $"consent_store_silence_seconds{{store=\"{store}\"}}";

    private static BatchCheck Use(string member) => new()
    {
        Use = new CheckUseRequest { MemberId = member, Purposes = { Consent.V1.Purpose.ServiceDelivery }, Channel = Consent.V1.Channel.Email },
    };

    private static double Read(string page, string metric) => double.Parse(
        Assert.Single(page.Split('\n'), line => line.StartsWith($"{metric} ", StringComparison.Ordinal))[(metric.Length + 1)..].Replace("+Inf", "Infinity", StringComparison.Ordinal),
        CultureInfo.InvariantCulture);
}
