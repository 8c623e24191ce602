using Belong.ConsentService.Feed;
using Belong.ConsentService.Lookup;
using Prometheus;

namespace Belong.ConsentService.Hosting;

/// <summary>Copies what the rooms count into metrics, when somebody looks.</summary>
internal static class RoomMetrics
{
    public static void Register(IServiceProvider services)
    {
        var metrics = services.GetRequiredService<ConsentMetrics>();
        var settings = services.GetRequiredService<ConsentSettings>();
        if (settings.Serves)
        {
            RegisterLookup(metrics, services);
        }

        if (settings.Feeds)
        {
            RegisterFeed(metrics, services.GetRequiredService<FeedCounters>());
        }
    }

    private static void RegisterLookup(ConsentMetrics metrics, IServiceProvider services)
    {
        var holder = services.GetRequiredService<FactsStateHolder>();
        var counters = services.GetRequiredService<LookupCounters>();
        var reads = services.GetRequiredService<DatabaseReads>();
        var delay = services.GetRequiredService<EnforcementDelay>();
        var time = services.GetRequiredService<TimeProvider>();
        var age = metrics.Factory.CreateGauge("consent_facts_age_seconds", "Every change older than this is in what checks are answered from; +Inf while unknown.", "facts");
        var cache = metrics.Factory.CreateCounter("consent_cache_reads_total", "Reads of members from the cache on behalf of checks.", "result");
        var database = metrics.Factory.CreateCounter("consent_database_reads_total", "Reads from PostgreSQL on behalf of checks.", "result");
        var refused = metrics.Factory.CreateCounter("consent_database_reads_refused_total", "Reads that failed because too many were under way.");
        var fills = metrics.Factory.CreateCounter("consent_cache_fill_failures_total", "Members read from PostgreSQL that could not be put into the cache.");
        var pending = metrics.Factory.CreateGauge("consent_enforcement_pending_seconds", "How long the oldest change that checks are not known to rest on has waited; 0 when none waits.", "source");
        var unmeasured = metrics.Factory.CreateCounter("consent_enforcement_unmeasured_total", "Changes whose delay was not measured: too many waited, or the database became another one.", "cause");
        metrics.Registry.AddBeforeCollectCallback(() =>
        {
            var state = holder.Current;
            pending.WithLabels("write").Set(delay.OldestWrite.TotalSeconds);
            pending.WithLabels("heartbeat").Set(delay.OldestHeartbeat.TotalSeconds);
            unmeasured.WithLabels("overflow").IncTo(delay.OverflowCount);
            unmeasured.WithLabels("generation").IncTo(delay.ReplacedCount);
            age.WithLabels("members").Set(Seconds(state.CacheAge(time)));
            age.WithLabels("register").Set(Seconds(state.RegisterAge(time)));
            cache.WithLabels("hit").IncTo(counters.Hits);
            cache.WithLabels("miss").IncTo(counters.Misses);
            cache.WithLabels("corrupt").IncTo(counters.Corrupt);
            cache.WithLabels("failed").IncTo(counters.CacheFailures);
            database.WithLabels("read").IncTo(counters.DatabaseReads);
            database.WithLabels("failed").IncTo(counters.DatabaseFailures);
            refused.IncTo(reads.RefusedCount);
            fills.IncTo(counters.FillFailures);
        });
    }

    private static void RegisterFeed(ConsentMetrics metrics, FeedCounters counters)
    {
        var events = metrics.Factory.CreateCounter("consent_feed_events_total", "What the feed did since the start.", "event");
        var rebuilding = metrics.Factory.CreateGauge("consent_feed_rebuilding", "1 while the cache is built anew.");
        var cycle = metrics.Factory.CreateGauge("consent_feed_last_cycle_seconds", "How long the last cycle took from the read in PostgreSQL to the state in Redis.");
        metrics.Registry.AddBeforeCollectCallback(() =>
        {
            events.WithLabels("cycle").IncTo(counters.Cycles);
            events.WithLabels("wake_up").IncTo(counters.WakeUps);
            events.WithLabels("member_applied").IncTo(counters.RowsApplied);
            events.WithLabels("member_unreadable").IncTo(counters.UnreadableRows);
            events.WithLabels("session").IncTo(counters.Sessions);
            events.WithLabels("listener_start").IncTo(counters.ListenerStarts);
            events.WithLabels("error").IncTo(counters.Errors);
            events.WithLabels("rebuild").IncTo(counters.Rebuilds);
            events.WithLabels("new_generation").IncTo(counters.NewGenerations);
            rebuilding.Set(counters.IsRebuilding ? 1 : 0);
            cycle.Set(counters.LastCycleDuration.TotalSeconds);
        });
    }

    private static double Seconds(TimeSpan age) => age == TimeSpan.MaxValue ? double.PositiveInfinity : age.TotalSeconds;
}
