using System.Diagnostics;
using OpenTelemetry.Trace;

namespace Belong.ConsentService.Tracing;

/// <summary>A trace begins with a call, for a share of the calls; what the feed and the audit read in the background begins none.</summary>
internal sealed class CallSampler(double ratio) : Sampler
{
    private readonly TraceIdRatioBasedSampler _calls = new(ratio);

    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) => samplingParameters.Kind == ActivityKind.Server
        ? _calls.ShouldSample(samplingParameters)
        : new SamplingResult(SamplingDecision.Drop);
}
