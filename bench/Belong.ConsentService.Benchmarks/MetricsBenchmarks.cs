using Belong.ConsentService.Access;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Rules;
using BenchmarkDotNet.Attributes;
using Grpc.Core;
using Prometheus;

namespace Belong.ConsentService.Benchmarks;

/// <summary>What is counted for each check.</summary>
public class MetricsBenchmarks
{
    private static readonly TimeSpan Elapsed = TimeSpan.FromMicroseconds(150);

    private readonly ConsentMetrics _metrics = new(Metrics.NewCustomRegistry());
    private readonly Decision _decision = new() { Outcome = Outcome.Allow, Reasons = ReasonSet.Of(Reason.UsePermitted) };

    [Benchmark(Description = "metrics: of one check")]
    public void Check() => _metrics.Decided(Kind.Use, _decision, Elapsed);

    [Benchmark(Description = "metrics: of one call")]
    public void Call() => _metrics.Ended(Rpc.CheckUse, StatusCode.OK, Elapsed);
}
