using System.Reflection;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Belong.ConsentService.Tracing;

/// <summary>Sends spans to a collector. Registered only when traces are on: otherwise nothing listens and no span is made.</summary>
internal static class TraceExport
{
    private const string ServiceName = "belong-consent";

    /// <summary>Spans that wait to be sent; more are dropped, so that a collector that is gone costs no memory.</summary>
    private const int MaxWaitingSpans = 2_048;
    private const int SendEveryMs = 2_000;

    public static void Add(IServiceCollection services, TraceSettings settings)
    {
        var version = typeof(TraceExport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(ServiceName, serviceVersion: version))
            .WithTracing(tracing => tracing
                .AddSource(ConsentTraces.Name, ConsentTraces.Npgsql)
                .SetSampler(new ParentBasedSampler(new CallSampler(settings.SampleRatio)))
                .AddOtlpExporter(exporter =>
                {
                    exporter.Endpoint = new Uri(settings.OtlpEndpoint);
                    exporter.Protocol = settings.IsHttp ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
                    exporter.BatchExportProcessorOptions.MaxQueueSize = MaxWaitingSpans;
                    exporter.BatchExportProcessorOptions.ScheduledDelayMilliseconds = SendEveryMs;
                }));
    }
}
