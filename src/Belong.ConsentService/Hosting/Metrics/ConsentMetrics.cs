using System.Diagnostics;
using Belong.ConsentService.Audience;
using Belong.ConsentService.Rules;
using Belong.ConsentService.Tracing;
using Prometheus;

namespace Belong.ConsentService.Hosting;

/// <summary>
/// All metrics of the service. Labels are closed vocabularies, and the children of what is counted as it happens
/// are made once. What rooms count is in the nested classes, and copied by <see cref="MetricsCollector"/>.
/// </summary>
public sealed partial class ConsentMetrics
{
    /// <summary>Of all latencies, so that those of calls, checks and stores can be laid beside each other.</summary>
    internal static readonly double[] LatencyBuckets =
        [0.00005, 0.0001, 0.00015, 0.0002, 0.0003, 0.0005, 0.00075, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

    private static readonly double[] DelayBuckets =
        [0.0005, 0.001, 0.002, 0.003, 0.004, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

    private static readonly string[] Kinds = ["unspecified", "use", "contractor", "third_party", "anonymized"];
    private static readonly string[] DelaySources = ["write", "heartbeat"];
    private static readonly string[] RedisOperations = ["get", "shared_mget", "bulk_mget", "reserve", "fill", "read_state", "feed_write", "advance_state"];
    private static readonly string[] PostgresOperations =
        ["lookup", "lookup_many", "lookup_register", "lookup_other", "watch_changes", "probe", "record_member", "record_register", "feed_read"];

    private readonly ExemplarBehavior _latencyExemplars;
    private readonly Histogram.Child[] _seconds;
    private readonly Counter.Child[][] _checks;
    private readonly Counter _abandoned;
    private readonly Histogram.Child[] _delays;
    private readonly Histogram.Child[] _redis;
    private readonly Histogram.Child[] _postgres;

    /// <param name="hasExemplars">Latencies name the trace that they are of, in the OpenMetrics format.</param>
    public ConsentMetrics(CollectorRegistry registry, bool hasExemplars = false)
    {
        Registry = registry;
        Factory = Metrics.WithCustomRegistry(registry);
        Factory.ExemplarBehavior = ExemplarBehavior.NoExemplars();
        _latencyExemplars = hasExemplars ? TraceExemplars.Behavior : ExemplarBehavior.NoExemplars();
        var checks = Factory.CreateCounter(
            "consent_checks_total", "Checks answered, by kind, outcome and primary reason.", "kind", "outcome", "reason");
        _checks = [.. Kinds.Select(kind => MakeChildren(checks, kind))];
        _abandoned = Factory.CreateCounter("consent_checks_abandoned_total", "Checks whose caller had gone before the answer: cancelled, or past its deadline.");
        _seconds = MakeHistogram("consent_check_seconds", "Time from the request to the decision, inside the service.", "kind", Kinds, LatencyBuckets);
        _delays = MakeHistogram("consent_enforcement_delay_seconds", "Time from a commit until this instance knows that checks rest on it.", "source", DelaySources, DelayBuckets);
        MakeRpcs();
        _redis = MakeHistogram("consent_redis_seconds", "Time from sending a command to Redis until its answer; those that failed are not in it.", "operation", RedisOperations, LatencyBuckets);
        _postgres = MakeHistogram("consent_postgres_seconds", "Time of a read or a transaction in PostgreSQL, waiting for a connection included; those that failed are not in it.", "operation", PostgresOperations, LatencyBuckets);
    }

    public CollectorRegistry Registry { get; }

    private MetricFactory Factory { get; }

    public void Decided(Kind kind, in Decision decision, TimeSpan elapsed)
    {
        _checks[(int)kind][(int)decision.Reasons.Primary].Inc();
        _seconds[(int)kind].Observe(elapsed.TotalSeconds);
    }

    /// <summary>One of many that were read together: its time says nothing.</summary>
    public void DecidedInBatch(Kind kind, in Decision decision) => _checks[(int)kind][(int)decision.Reasons.Primary].Inc();

    /// <summary>Members of a list, judged together.</summary>
    public void Decided(Kind kind, ReasonTally tally)
    {
        foreach (var (reason, count) in tally.All())
        {
            _checks[(int)kind][(int)reason].Inc(count);
        }
    }

    public void Abandoned() => _abandoned.Inc();

    public void Refused(Kind kind, Reason reason) => _checks[Math.Min((int)kind, Kinds.Length - 1)][(int)reason].Inc();

    public void Enforced(DelaySource source, TimeSpan delay) => _delays[(int)source].Observe(delay.TotalSeconds);

    /// <param name="begun">By <see cref="Stopwatch.GetTimestamp"/>.</param>
    public void Answered(RedisOperation operation, long begun) => _redis[(int)operation].Observe(Stopwatch.GetElapsedTime(begun).TotalSeconds);

    /// <param name="begun">By <see cref="Stopwatch.GetTimestamp"/>.</param>
    public void Answered(PostgresOperation operation, long begun) => _postgres[(int)operation].Observe(Stopwatch.GetElapsedTime(begun).TotalSeconds);

    /// <summary>As the answer names it; what rules 1 and 2 refuse has none.</summary>
    internal static string OutcomeOf(Reason reason) => reason switch
    {
        Reason.RequestMalformed or Reason.CallerNotPermitted => "REFUSED",
        Reason.ContractorPermittedPartial or Reason.ThirdPartyConsentedPartial => "ALLOW_PARTIAL",
        >= Reason.UsePermitted => "ALLOW",
        _ => "DENY",
    };

    private static Counter.Child[] MakeChildren(Counter checks, string kind)
    {
        var children = new Counter.Child[256];
        foreach (var reason in Enum.GetValues<Reason>())
        {
            children[(int)reason] = checks.WithLabels(kind, OutcomeOf(reason), ReasonCatalogue.Of(reason).Code);
        }

        return children;
    }

    private Histogram.Child[] MakeHistogram(string name, string help, string label, string[] values, double[] buckets)
    {
        var exemplars = buckets == LatencyBuckets ? _latencyExemplars : ExemplarBehavior.NoExemplars();
        var histogram = Factory.CreateHistogram(name, help, new HistogramConfiguration { LabelNames = [label], Buckets = buckets, ExemplarBehavior = exemplars });
        return [.. values.Select(value => histogram.WithLabels(value))];
    }
}

/// <summary>What the enforcement delay was measured by: a write of this instance, or where the database was at a moment.</summary>
public enum DelaySource
{
    Write = 0,
    Heartbeat = 1,
}

/// <summary>What Redis is asked for.</summary>
public enum RedisOperation
{
    /// <summary>One member, alone.</summary>
    Get = 0,

    /// <summary>Members of several checks that came together.</summary>
    SharedMget = 1,

    /// <summary>Members of a batch or a list; in a cluster a GET each.</summary>
    BulkMget = 2,

    /// <summary>The place of what a miss is about to read.</summary>
    Reserve = 3,

    /// <summary>What a miss has read.</summary>
    Fill = 4,

    /// <summary>How far the feed is.</summary>
    ReadState = 5,

    /// <summary>A pipeline of members that changed.</summary>
    FeedWrite = 6,

    /// <summary>That the feed is further.</summary>
    AdvanceState = 7,
}

/// <summary>What PostgreSQL is asked for.</summary>
public enum PostgresOperation
{
    /// <summary>One member, for a check.</summary>
    Lookup = 0,

    /// <summary>Members of a batch or a list.</summary>
    LookupMany = 1,

    /// <summary>The register, for a check.</summary>
    LookupRegister = 2,

    /// <summary>An erased member, the generation, or the position.</summary>
    LookupOther = 3,

    /// <summary>Who changed, for a watch.</summary>
    WatchChanges = 4,

    /// <summary>Where the database is, for the age of the facts.</summary>
    Probe = 5,

    /// <summary>The transaction of a write.</summary>
    RecordMember = 6,

    /// <summary>The transaction of a write.</summary>
    RecordRegister = 7,

    /// <summary>What changed, for the feed.</summary>
    FeedRead = 8,
}
