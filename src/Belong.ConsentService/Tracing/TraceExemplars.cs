using System.Diagnostics;
using Prometheus;

namespace Belong.ConsentService.Tracing;

/// <summary>The trace of a latency, so that a slow bucket leads to a call that was slow.</summary>
internal static class TraceExemplars
{
    public static ExemplarBehavior Behavior { get; } = new()
    {
        DefaultExemplarProvider = (_, _) => Activity.Current is { Recorded: true } ? Exemplar.FromTraceContext() : Exemplar.None,
    };
}
