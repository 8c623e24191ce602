using Belong.Consent.V1;
using Belong.ConsentService.Cache;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Tests.Hosting;
using static Belong.ConsentService.Tests.Registry.Changes;

namespace Belong.ConsentService.Tests.Lookup;

/// <summary>A store that hangs costs the checks that do without it nothing.</summary>
public sealed class CacheBreakerTests
{
    [Fact]
    public async Task A_Redis_that_hangs_is_waited_for_a_few_times_and_asked_again_right_after_it_answers()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await PrepareAsync(stage, cacheTimeoutMs: 100);
        for (var round = 1; round <= 3; round++)
        {
            stage.Redis.Stall();
            var waits = await MeasureAsync(instance, 60, FactsSource.Database);
            Assert.InRange(waits[waits.Count / 2].TotalMilliseconds, 0, 50);
            Assert.Equal(round, instance.Get<CacheBreaker>().Openings);

            stage.Redis.Restore();
            var restored = TimeProvider.System.GetTimestamp();
            await Waiting.UntilAsync(async () => (await instance.UseAsync("M-1")).Basis.Source == FactsSource.Cache);
            Assert.InRange(TimeProvider.System.GetElapsedTime(restored).TotalSeconds, 0, 2);
            await MeasureAsync(instance, 20, FactsSource.Cache);
        }

        Assert.Contains("consent_cache_breaker_openings_total 3", await instance.Http.GetStringAsync("/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public void It_opens_after_timeouts_in_a_row_and_closes_when_a_trial_is_answered()
    {
        var clock = new ShiftedClock();
        var breaker = new CacheBreaker(clock);
        for (var i = 0; i < 100; i++)
        {
            Wait(breaker, 4);
            breaker.Answered();
            breaker.TimedOut(TimeSpan.FromMilliseconds(1));
        }

        Assert.False(breaker.IsOpen);
        Wait(breaker, 1);
        breaker.Answered();
        Wait(breaker, 5);
        Assert.True(breaker.IsOpen);
        Assert.True(breaker.BeginTrial());
        Assert.False(breaker.BeginTrial());
        breaker.EndTrial(isAnswered: false);
        Assert.True(breaker.IsOpen);

        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(breaker.BeginTrial());
        breaker.EndTrial(isAnswered: true);
        Assert.Equal((false, 1L), (breaker.IsOpen, breaker.Openings));
        Wait(breaker, 4);
        Assert.False(breaker.IsOpen);
    }

    [Fact]
    public async Task Fills_into_a_Redis_that_hangs_are_bounded_and_nobody_waits_for_them()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await PrepareAsync(stage, cacheTimeoutMs: 100);
        var fills = instance.Get<CacheFills>();
        var generation = await stage.ReadGenerationAsync();
        var reservations = await Task.WhenAll(Enumerable.Range(0, 1_000).Select(i => ReserveAsync($"F-{i}")));
        stage.Redis.Stall();
        foreach (var reservation in reservations)
        {
            fills.End(reservation, true, null);
        }

        Assert.Equal((256, 744L), (fills.UnderWay, instance.Counters.FillFailures));
        stage.Redis.Restore();
        await Waiting.UntilAsync(() => fills.UnderWay == 0);
        Assert.Equal(MemberValue.Encode("F-0", null), await ReadAsync("F-0"));
        Assert.Equal(reservations[999].Mark, await ReadAsync("F-999"));
        fills.End(reservations[999], true, null);
        var filled = MemberValue.Encode("F-999", null);
        await Waiting.UntilAsync(async () => await ReadAsync("F-999") is { } value && filled.AsSpan().SequenceEqual(value));

        async Task<MemberReservation> ReserveAsync(string id) => (await instance.Cache.ReserveAsync(generation, id, null, default))!;
        async Task<byte[]?> ReadAsync(string id) => await stage.Keys.StringGetAsync(await stage.KeyOfAsync(id));
    }

    [Fact]
    public async Task A_database_that_hangs_holds_up_no_check_from_the_cache()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await PrepareAsync(stage, cacheTimeoutMs: 2_000, lookupTimeoutMs: 200);
        stage.Lookups.Stall();
        var misses = Enumerable.Range(0, 64).Select(i => Task.Run(() => instance.UseAsync($"N-{i}"))).ToList();
        var waits = await MeasureAsync(instance, 300, FactsSource.Cache);
        foreach (var miss in misses)
        {
            Assert.Equal([ReasonCode.FactsUnavailable], (await miss).Reasons);
        }

        waits.AddRange(await MeasureAsync(instance, 300, FactsSource.Cache));
        waits.Sort();
        Assert.InRange(waits[^1].TotalMilliseconds, 0, 1_000);
        stage.Lookups.Restore();
        await Waiting.UntilAsync(() => instance.Reads.Limit.InFlight == 0);
        await Waiting.UntilAsync(async () => (await instance.UseAsync("N-0")).Reasons.Contains(ReasonCode.MemberUnknown));
    }

    private static void Wait(CacheBreaker breaker, int times)
    {
        for (var i = 0; i < times; i++)
        {
            breaker.TimedOut(TimeSpan.FromMilliseconds(100));
        }
    }

    private static async Task<ServiceInstance> PrepareAsync(ServiceStage stage, int cacheTimeoutMs, int lookupTimeoutMs = 20_000)
    {
        var instance = await stage.StartWithPolicyAsync(settings =>
        {
            settings.Redis.LookupTimeoutMs = cacheTimeoutMs;
            settings.Postgres.LookupTimeoutMs = lookupTimeoutMs;
        });
        await instance.RecordAsync("M-1", Registration());
        await stage.WaitUntilCoveredAsync(instance);
        await instance.UseAsync("M-1");
        return instance;
    }

    /// <summary>How long checks took, one after the other, sorted.</summary>
    private static async Task<List<TimeSpan>> MeasureAsync(ServiceInstance instance, int count, FactsSource source)
    {
        var waits = new List<TimeSpan>(count);
        for (var i = 0; i < count; i++)
        {
            var started = TimeProvider.System.GetTimestamp();
            var decision = await instance.UseAsync("M-1");
            waits.Add(TimeProvider.System.GetElapsedTime(started));
            Assert.Equal((Outcome.Allow, source), (decision.Outcome, decision.Basis.Source));
        }

        waits.Sort();
        return waits;
    }
}
