using Belong.ConsentService.Audience;
using Belong.ConsentService.Rules;
using Belong.ConsentService.Tracing;
using Prometheus;

namespace Belong.ConsentService.Hosting;

/// <summary>All metrics of the service. Labels are closed vocabularies, and their children are made once.</summary>
public sealed class ConsentMetrics
{
    private readonly Histogram.Child[] _seconds;
    private readonly Counter.Child[][] _checks;
    private readonly Counter _abandoned;
    private readonly Histogram.Child[] _delays;

    /// <param name="hasExemplars">Latencies name the trace that they are of, in the OpenMetrics format.</param>
    public ConsentMetrics(CollectorRegistry registry, bool hasExemplars = false)
    {
        Registry = registry;
        var factory = Metrics.WithCustomRegistry(registry);
        factory.ExemplarBehavior = ExemplarBehavior.NoExemplars();
        var seconds = factory.CreateHistogram(
            "consent_check_seconds", "Time from the request to the decision, inside the service.",
            new HistogramConfiguration
            {
                LabelNames = ["kind"],
                ExemplarBehavior = hasExemplars ? TraceExemplars.Behavior : ExemplarBehavior.NoExemplars(),
                Buckets = [0.00005, 0.0001, 0.00015, 0.0002, 0.0003, 0.0005, 0.00075, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
            });
        var checks = factory.CreateCounter(
            "consent_checks_total", "Checks answered, by kind and primary reason; the outcome follows from the reason.", "kind", "reason");
        _abandoned = factory.CreateCounter("consent_checks_abandoned_total", "Checks whose caller had gone before the answer: cancelled, or past its deadline.");
        string[] kinds = ["unspecified", "use", "contractor", "third_party", "anonymized"];
        _seconds = [.. kinds.Select(kind => seconds.WithLabels(kind))];
        _checks = [.. kinds.Select(kind => MakeChildren(checks, kind))];
        var delays = factory.CreateHistogram(
            "consent_enforcement_delay_seconds", "Time from a commit until this instance knows that checks rest on it.",
            new HistogramConfiguration
            {
                LabelNames = ["source"],
                Buckets = [0.0005, 0.001, 0.002, 0.003, 0.004, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120],
            });
        _delays = [delays.WithLabels("write"), delays.WithLabels("heartbeat")];
        Factory = factory;
    }

    public CollectorRegistry Registry { get; }

    /// <summary>For the gauges that rooms register once, at composition.</summary>
    public MetricFactory Factory { get; }

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

    public void Refused(Kind kind, Reason reason) => _checks[Math.Min((int)kind, 4)][(int)reason].Inc();

    public void Enforced(DelaySource source, TimeSpan delay) => _delays[(int)source].Observe(delay.TotalSeconds);

    private static Counter.Child[] MakeChildren(Counter checks, string kind)
    {
        var children = new Counter.Child[256];
        foreach (var reason in Enum.GetValues<Reason>())
        {
            children[(int)reason] = checks.WithLabels(kind, ReasonCatalogue.Of(reason).Code);
        }

        return children;
    }
}

/// <summary>What the enforcement delay was measured by: a write of this instance, or where the database was at a moment.</summary>
public enum DelaySource
{
    Write = 0,
    Heartbeat = 1,
}
