using Prometheus;

namespace Belong.ConsentService.Hosting;

public sealed partial class ConsentMetrics
{
    /// <summary>What every instance tells.</summary>
    internal sealed class InstanceMetrics(ConsentMetrics metrics)
    {
        public Gauge Ready { get; } = metrics.Factory.CreateGauge("consent_ready", "1 while the instance says that it is ready.");


        public Gauge Degraded { get; } = metrics.Factory.CreateGauge("consent_degraded", "1 while the instance is ready and says that it is degraded.");
    }

    /// <summary>What an instance tells that answers checks: where it reads from, and how fresh that is.</summary>
    internal sealed class LookupMetrics(ConsentMetrics metrics)
    {
        public Gauge FactsAge { get; } = metrics.Factory.CreateGauge(
            "consent_facts_age_seconds", "Every change older than this is in what checks are answered from; +Inf while unknown.", "facts");

        public Gauge FactsPosition { get; } = metrics.Factory.CreateGauge(
            "consent_facts_position", "Every transaction of PostgreSQL below this id is in what checks are answered from, but for those that were in progress; 0 while unknown.");

        public Gauge StoreSilence { get; } = metrics.Factory.CreateGauge(
            "consent_store_silence_seconds", "Time since a store last answered this instance, which asks several times a second; +Inf before the first answer.", "store");

        public Counter CacheReads { get; } = metrics.Factory.CreateCounter("consent_cache_reads_total", "Reads of members from the cache on behalf of checks.", "result");

        public Counter DatabaseReads { get; } = metrics.Factory.CreateCounter("consent_database_reads_total", "Reads from PostgreSQL on behalf of checks.", "result");

        public Counter CacheFills { get; } = metrics.Factory.CreateCounter("consent_cache_fills_total", "Members that a miss read from PostgreSQL and put into the cache.");

        public Counter CacheFillFailures { get; } = metrics.Factory.CreateCounter(
            "consent_cache_fill_failures_total", "Members read from PostgreSQL that could not be put into the cache.");

        public Gauge CacheBreakerOpen { get; } = metrics.Factory.CreateGauge("consent_cache_breaker_open", "1 while the cache is not asked.");

        public Counter CacheBreakerOpenings { get; } = metrics.Factory.CreateCounter(
            "consent_cache_breaker_openings_total", "How often the cache was no longer asked because it did not answer in time.");
    }

    /// <summary>What an instance tells of changes that are on their way to it.</summary>
    internal sealed class DelayMetrics(ConsentMetrics metrics)
    {
        public Gauge Pending { get; } = metrics.Factory.CreateGauge(
            "consent_enforcement_pending_seconds", "How long the oldest change that checks are not known to rest on has waited; 0 when none waits.", "source");

        public Counter Unmeasured { get; } = metrics.Factory.CreateCounter(
            "consent_enforcement_unmeasured_total", "Changes whose delay was not measured: too many waited, or the database became another one.", "cause");
    }

    /// <summary>What an instance tells of the register that it judges by.</summary>
    internal sealed class RegisterMetrics(ConsentMetrics metrics)
    {
        public Gauge Vendors { get; } = metrics.Factory.CreateGauge("consent_register_vendors", "Vendors in the register that checks are judged by.");

        public Gauge EarliestExpiry { get; } = metrics.Factory.CreateGauge(
            "consent_register_earliest_expiry_timestamp_seconds", "When the first of the ACTIVE vendors loses what is in force for it now; +Inf when none does.", "what");

        public Gauge Expired { get; } = metrics.Factory.CreateGauge(
            "consent_register_expired", "ACTIVE vendors for which it has ended, and nothing has taken its place.", "what");
    }

    /// <summary>What an instance tells of watches and limits.</summary>
    internal sealed class CallMetrics(ConsentMetrics metrics)
    {
        public Counter WatchTold { get; } = metrics.Factory.CreateCounter(
            "consent_watch_told_total", "What watches told: members who changed, that everything may have changed, heartbeats.", "event");

        public Counter WatchFailures { get; } = metrics.Factory.CreateCounter(
            "consent_watch_failures_total", "Looks of watches at what changed that failed, and were made again.");

        public Counter RefusedOverload { get; } = metrics.Factory.CreateCounter(
            "consent_refused_overload_total", "What was refused because too much was under way.", "limit");

        public Gauge InFlight { get; } = metrics.Factory.CreateGauge("consent_in_flight", "Calls and reads under way.", "limit");

        public Gauge InFlightLimit { get; } = metrics.Factory.CreateGauge("consent_in_flight_limit", "Calls and reads that may be under way at once.", "limit");
    }
}
