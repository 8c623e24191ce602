using Prometheus;

namespace Belong.ConsentService.Hosting;

public sealed partial class ConsentMetrics
{
    /// <summary>What an instance tells that fills the cache.</summary>
    internal sealed class FeedMetrics(ConsentMetrics metrics)
    {
        public Counter Events { get; } = metrics.Factory.CreateCounter("consent_feed_events_total", "What the feed did since the start.", "event");

        public Gauge Rebuilding { get; } = metrics.Factory.CreateGauge("consent_feed_rebuilding", "1 while the cache is built anew.");

        public Gauge LastCycle { get; } = metrics.Factory.CreateGauge(
            "consent_feed_last_cycle_seconds", "How long the last cycle took from the read in PostgreSQL to the state in Redis.");

        public Gauge Position { get; } = metrics.Factory.CreateGauge(
            "consent_feed_position", "Every transaction of PostgreSQL below this id was carried to Redis by this feed, but for those that were in progress; 0 before the first cycle.");

        public Gauge Lag { get; } = metrics.Factory.CreateGauge(
            "consent_feed_lag_seconds", "Age of what this feed carried last: time since its read in PostgreSQL began; +Inf before the first cycle.");

        public Counter ErasuresFailed { get; } = metrics.Factory.CreateCounter(
            "consent_erasures_failed_total", "Erasures that were due and could not be carried out; each try counts.");
    }

    /// <summary>What the auditor compared, and found.</summary>
    internal sealed class AuditMetrics(ConsentMetrics metrics)
    {
        public Counter Members { get; } = metrics.Factory.CreateCounter("consent_audit_members_total", "Members that were compared in PostgreSQL and Redis.");

        public Counter Keys { get; } = metrics.Factory.CreateCounter("consent_audit_keys_total", "Keys of members in Redis that were looked up in PostgreSQL.");

        public Counter Differences { get; } = metrics.Factory.CreateCounter(
            "consent_audit_differences_total", "Values in Redis that were not as PostgreSQL says, and were replaced.", "kind");

        public Counter SkippedPages { get; } = metrics.Factory.CreateCounter("consent_audit_skipped_pages_total", "Pages that could not be compared.");

        public Counter Errors { get; } = metrics.Factory.CreateCounter("consent_audit_errors_total", "Errors of a store that interrupted the audit.");

        public Counter Passes { get; } = metrics.Factory.CreateCounter("consent_audit_passes_total", "Passes that ended.", "walk");

        public Gauge Position { get; } = metrics.Factory.CreateGauge("consent_audit_position_ratio", "How much of the present pass over the members is done.");

        public Gauge LastPass { get; } = metrics.Factory.CreateGauge(
            "consent_audit_last_pass_timestamp_seconds", "When the last pass over the members ended; 0 before the first.");
    }
}
