using System.Globalization;
using Belong.ConsentService.Database;
using Belong.ConsentService.Feed;
using Belong.ConsentService.Freshness;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Rules;
using Belong.ConsentService.Tests.Hosting;
using Npgsql;
using Prometheus;
using static Belong.ConsentService.Tests.Registry.Changes;

namespace Belong.ConsentService.Tests.Freshness;

/// <summary>The service measures itself how long a change takes, and a feed that is stuck does not look quiet.</summary>
public sealed class EnforcementDelayTests
{
    private const string Writes = "consent_enforcement_delay_seconds_count{source=\"write\"}";
    private const string WriteSeconds = "consent_enforcement_delay_seconds_sum{source=\"write\"}";
    private const string Beats = "consent_enforcement_delay_seconds_count{source=\"heartbeat\"}";
    private const string PendingWrite = "consent_enforcement_pending_seconds{source=\"write\"}";
    private const int MaxLookups = 4;

    /// <summary>Of the lookups, a write, an import, a watch, and four more.</summary>
    private const int PoolSize = MaxLookups + 7;
    private const string PendingBeat = "consent_enforcement_pending_seconds{source=\"heartbeat\"}";

    private readonly FactsStateHolder _holder = new();
    private readonly ShiftedClock _clock = new();
    private readonly EnforcementDelay _delay;
    private readonly ConsentMetrics _metrics = new(Metrics.NewCustomRegistry());

    public EnforcementDelayTests() => _delay = new EnforcementDelay(_holder, _metrics, _clock);

    [Fact]
    public async Task Each_write_is_measured_once_and_so_is_each_heartbeat()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await stage.StartWithPolicyAsync();
        await instance.RecordAsync("M-1", Registration());
        await instance.RecordAsync("M-1", OptOut());
        await Waiting.UntilAsync(async () => await ReadAsync(instance, PendingWrite) == 0);
        // The policy is a write of the register.
        Assert.Equal(3, await ReadAsync(instance, Writes));
        await Waiting.UntilAsync(async () => await ReadAsync(instance, Beats) > 3);
        Assert.Contains("consent_enforcement_unmeasured_total{cause=\"overflow\"} 0", await instance.Http.GetStringAsync("/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_feed_that_stands_still_shows_as_waiting_and_then_as_delay()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await stage.StartWithPolicyAsync();
        await Waiting.UntilAsync(async () => await ReadAsync(instance, Writes) == 1);
        var before = await ReadAsync(instance, WriteSeconds);
        await stage.StopFeedAsync();
        await instance.RecordAsync("M-1", Registration());
        await Waiting.UntilAsync(async () => await ReadAsync(instance, PendingWrite) > 0.5 && await ReadAsync(instance, PendingBeat) > 0.5);
        Assert.Equal(1, await ReadAsync(instance, Writes));

        stage.Feed.Restore();
        await Waiting.UntilAsync(async () => await ReadAsync(instance, Writes) == 2);
        Assert.True(await ReadAsync(instance, WriteSeconds) - before > 0.5);
        Assert.Equal(0, await ReadAsync(instance, PendingWrite));
    }

    [Fact]
    public async Task An_instance_that_only_serves_measures_its_writes_too()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var feeder = await stage.StartWithPolicyAsync(settings => settings.Roles = ["serve", "feed"]);
        var instance = await stage.StartFreshAsync(settings => settings.Roles = ["serve"]);
        await instance.RecordAsync("M-1", Registration());
        await Waiting.UntilAsync(async () => await ReadAsync(instance, Writes) == 1);
        Assert.Equal(1, await ReadAsync(feeder, Writes));
    }

    [Fact]
    public async Task Neither_lookups_nor_writes_keep_the_age_from_being_measured()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await stage.StartFreshAsync(settings =>
        {
            settings.Postgres.MaxConcurrentLookups = MaxLookups;
            settings.Postgres.ConnectionString += $";Maximum Pool Size={PoolSize}";
            settings.Limits.MaxConcurrentRegistryCalls = 1;
            settings.Limits.MaxConcurrentImports = 1;
            settings.Limits.MaxConcurrentWatches = 1;
        });
        var held = new List<NpgsqlConnection>();
        for (var i = 0; i < PoolSize; i++)
        {
            held.Add(await instance.Get<NpgsqlDataSource>().OpenConnectionAsync());
        }

        var reads = Enumerable.Range(0, 200).Select(i => instance.Reads.ReadAsync($"M-{i}", TimeSpan.FromMinutes(1), default)).ToList();
        await Waiting.UntilAsync(() => instance.Reads.Limit.RefusedCount == 200 - MaxLookups);
        for (var round = 0; round < 5; round++)
        {
            var since = stage.Clock.GetTimestamp();
            await Waiting.UntilAsync(() => instance.State.CacheFreshAsOf > since && instance.State.RegisterFreshAsOf > since);
            Assert.InRange(stage.Clock.GetElapsedTime(since).TotalSeconds, 0, 4);
        }

        Assert.All(reads, read => Assert.False(read.IsCompletedSuccessfully));
        foreach (var connection in held)
        {
            await connection.DisposeAsync();
        }

        await ((Task)Task.WhenAll(reads)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        Assert.Contains(reads, read => read.IsCompletedSuccessfully);
    }

    [Fact]
    public void What_waits_is_bounded_and_the_rest_is_counted()
    {
        for (var i = 0; i < EnforcementDelay.MaxPending + 5; i++)
        {
            _delay.Committed(Member("aaaaa", 100), _clock.GetTimestamp());
        }

        Assert.Equal(5, _delay.OverflowCount);
        Adopt("aaaaa", "101:101:");
        Assert.Equal(EnforcementDelay.MaxPending, Measured());
        Assert.Equal(TimeSpan.Zero, _delay.OldestWrite);
    }

    [Fact]
    public void A_write_waits_until_the_position_sees_its_transaction()
    {
        Adopt("aaaaa", "90:100:90");
        _delay.Committed(Member("aaaaa", 90), _clock.GetTimestamp());
        _delay.Committed(Member("aaaaa", 100), _clock.GetTimestamp());
        _delay.Committed(Member("aaaaa", 95), _clock.GetTimestamp());
        Assert.Equal(1, Measured());

        Adopt("aaaaa", "90:101:90");
        Assert.Equal(2, Measured());
        _holder.Current = _holder.Current with { Position = null };
        _delay.StateChanged();
        Assert.Equal(2, Measured());
        Adopt("aaaaa", "101:101:");
        Assert.Equal(3, Measured());
    }

    [Fact]
    public void A_write_of_the_register_waits_until_the_register_in_memory_has_it()
    {
        Adopt("aaaaa", "101:101:", registerVersion: 6);
        _delay.Committed(new FactsToken("aaaaa", 100, true, 0, 7), _clock.GetTimestamp());
        Adopt("aaaaa", "102:102:", registerVersion: 6);
        Assert.Equal(0, Measured());
        Adopt("aaaaa", "102:102:", registerVersion: 7);
        Assert.Equal(1, Measured());
    }

    [Fact]
    public void What_a_generation_that_is_gone_never_covered_is_dropped_and_counted_and_a_coming_one_is_waited_for()
    {
        Adopt("aaaaa", "100:100:");
        _delay.Committed(Member("aaaaa", 100), _clock.GetTimestamp());
        _delay.Committed(Member("bbbbb", 50), _clock.GetTimestamp());
        Assert.True(_delay.OldestWrite > TimeSpan.Zero);

        // The numbers of another database say nothing of this one's.
        Adopt("bbbbb", "50:50:");
        Assert.Equal((1, 0), (_delay.ReplacedCount, Measured()));
        Adopt("bbbbb", "200:200:");
        Assert.Equal((1, 1), (_delay.ReplacedCount, Measured()));

        _delay.Committed(Member("aaaaa", 101), _clock.GetTimestamp());
        Assert.Equal((2, TimeSpan.Zero), (_delay.ReplacedCount, _delay.OldestWrite));
    }

    private static FactsToken Member(string generation, ulong xid) => FactsToken.ForMember(generation, xid, "M-1", 1);

    private static async Task<double> ReadAsync(ServiceInstance instance, string name)
    {
        var page = await instance.Http.GetStringAsync("/metrics");
        var line = page.Split('\n').Single(line => line.StartsWith(name + " ", StringComparison.Ordinal));
        return double.Parse(line.AsSpan(name.Length), CultureInfo.InvariantCulture);
    }

    private void Adopt(string generation, string position, long registerVersion = 0)
    {
        _holder.Current = new FactsState(generation, SnapshotCursor.Parse(position), new Register(registerVersion, [], [], []), null, null, 0);
        _delay.StateChanged();
    }

    private int Measured()
    {
        using var page = new MemoryStream();
        _metrics.Registry.CollectAndExportAsTextAsync(page).GetAwaiter().GetResult();
        var lines = System.Text.Encoding.UTF8.GetString(page.ToArray()).Split('\n');
        return int.Parse(lines.Single(line => line.StartsWith(Writes, StringComparison.Ordinal)).AsSpan(Writes.Length), CultureInfo.InvariantCulture);
    }
}
