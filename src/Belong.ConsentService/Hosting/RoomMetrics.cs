using Belong.ConsentService.Audience;
using Belong.ConsentService.Audit;
using Belong.ConsentService.Feed;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Overload;
using Belong.ConsentService.Registry;
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
            RegisterWatches(metrics, services.GetRequiredService<WatchCounters>());
            RegisterLimits(metrics, [.. services.GetRequiredService<CallLimits>().All, services.GetRequiredService<DatabaseReads>().Limit, .. services.GetRequiredService<EndpointLimits>().All]);
        }

        if (settings.Feeds)
        {
            RegisterFeed(metrics, services.GetRequiredService<FeedCounters>());
            RegisterAudit(metrics, services.GetRequiredService<AuditCounters>());
            RegisterErasures(metrics, services.GetRequiredService<Erasures>());
        }
    }

    private static void RegisterLookup(ConsentMetrics metrics, IServiceProvider services)
    {
        var holder = services.GetRequiredService<FactsStateHolder>();
        var counters = services.GetRequiredService<LookupCounters>();
        var breaker = services.GetRequiredService<CacheBreaker>();
        var delay = services.GetRequiredService<EnforcementDelay>();
        var time = services.GetRequiredService<TimeProvider>();
        var age = metrics.Factory.CreateGauge("consent_facts_age_seconds", "Every change older than this is in what checks are answered from; +Inf while unknown.", "facts");
        var cache = metrics.Factory.CreateCounter("consent_cache_reads_total", "Reads of members from the cache on behalf of checks.", "result");
        var database = metrics.Factory.CreateCounter("consent_database_reads_total", "Reads from PostgreSQL on behalf of checks.", "result");
        var openings = metrics.Factory.CreateCounter("consent_cache_breaker_openings_total", "How often the cache was no longer asked because it did not answer in time.");
        var fills = metrics.Factory.CreateCounter("consent_cache_fill_failures_total", "Members read from PostgreSQL that could not be put into the cache.");
        var isOpen = metrics.Factory.CreateGauge("consent_cache_breaker_open", "1 while the cache is not asked.");
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
            cache.WithLabels("given_up").IncTo(counters.CacheGivenUp);
            database.WithLabels("given_up").IncTo(counters.DatabaseGivenUp);
            isOpen.Set(breaker.IsOpen ? 1 : 0);
            openings.IncTo(breaker.Openings);
            fills.IncTo(counters.FillFailures);
        });
    }

    private static void RegisterWatches(ConsentMetrics metrics, WatchCounters counters)
    {
        var told = metrics.Factory.CreateCounter("consent_watch_told_total", "What watches told: members who changed, that everything may have changed, heartbeats.", "event");
        var failed = metrics.Factory.CreateCounter("consent_watch_failures_total", "Looks of watches at what changed that failed, and were made again.");
        metrics.Registry.AddBeforeCollectCallback(() =>
        {
            told.WithLabels("member").IncTo(counters.Members);
            told.WithLabels("everything").IncTo(counters.Everything);
            told.WithLabels("heartbeat").IncTo(counters.Heartbeats);
            failed.IncTo(counters.Failures);
        });
    }

    private static void RegisterLimits(ConsentMetrics metrics, ConcurrencyLimit[] limits)
    {
        var refused = metrics.Factory.CreateCounter("consent_refused_overload_total", "What was refused because too much was under way.", "limit");
        var inFlight = metrics.Factory.CreateGauge("consent_in_flight", "Calls and reads under way.", "limit");
        metrics.Registry.AddBeforeCollectCallback(() =>
        {
            foreach (var limit in limits)
            {
                refused.WithLabels(limit.Name).IncTo(limit.RefusedCount);
                inFlight.WithLabels(limit.Name).Set(limit.InFlight);
            }
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
            events.WithLabels("record_unreadable").IncTo(counters.UnreadableRecords);
            events.WithLabels("register_unreadable").IncTo(counters.UnreadableRegisters);
            events.WithLabels("session").IncTo(counters.Sessions);
            events.WithLabels("listener_start").IncTo(counters.ListenerStarts);
            events.WithLabels("error").IncTo(counters.Errors);
            events.WithLabels("rebuild").IncTo(counters.Rebuilds);
            events.WithLabels("new_generation").IncTo(counters.NewGenerations);
            rebuilding.Set(counters.IsRebuilding ? 1 : 0);
            cycle.Set(counters.LastCycleDuration.TotalSeconds);
        });
    }

    private static void RegisterAudit(ConsentMetrics metrics, AuditCounters counters)
    {
        var members = metrics.Factory.CreateCounter("consent_audit_members_total", "Members that were compared in PostgreSQL and Redis.");
        var keys = metrics.Factory.CreateCounter("consent_audit_keys_total", "Keys of members in Redis that were looked up in PostgreSQL.");
        var differences = metrics.Factory.CreateCounter("consent_audit_differences_total", "Values in Redis that were not as PostgreSQL says, and were replaced.", "kind");
        var skipped = metrics.Factory.CreateCounter("consent_audit_skipped_pages_total", "Pages that could not be compared.");
        var errors = metrics.Factory.CreateCounter("consent_audit_errors_total", "Errors of a store that interrupted the audit.");
        var passes = metrics.Factory.CreateCounter("consent_audit_passes_total", "Passes that ended.", "walk");
        var position = metrics.Factory.CreateGauge("consent_audit_position_ratio", "How much of the present pass over the members is done.");
        var last = metrics.Factory.CreateGauge("consent_audit_last_pass_timestamp_seconds", "When the last pass over the members ended; 0 before the first.");
        metrics.Registry.AddBeforeCollectCallback(() =>
        {
            members.IncTo(counters.Members);
            keys.IncTo(counters.Keys);
            foreach (var kind in Enum.GetValues<DifferenceKind>())
            {
                differences.WithLabels(kind.ToString().ToLowerInvariant()).IncTo(counters.DifferencesOf(kind));
            }

            skipped.IncTo(counters.SkippedPages);
            errors.IncTo(counters.Errors);
            passes.WithLabels("members").IncTo(counters.MemberPasses);
            passes.WithLabels("keys").IncTo(counters.KeyPasses);
            position.Set(counters.Position);
            last.Set(counters.LastPassUnixMs / 1_000d);
        });
    }

    private static void RegisterErasures(ConsentMetrics metrics, Erasures erasures)
    {
        var failed = metrics.Factory.CreateCounter("consent_erasures_failed_total", "Erasures that were due and could not be carried out; each try counts.");
        metrics.Registry.AddBeforeCollectCallback(() => failed.IncTo(erasures.FailedCount));
    }

    private static double Seconds(TimeSpan age) => age == TimeSpan.MaxValue ? double.PositiveInfinity : age.TotalSeconds;
}
