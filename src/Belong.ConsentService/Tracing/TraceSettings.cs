namespace Belong.ConsentService.Tracing;

/// <summary>Where traces go. Off unless an endpoint is named.</summary>
public sealed class TraceSettings
{
    private const string HttpPath = "/v1/traces";

    /// <summary>A collector that speaks OTLP: <c>http://host:4317</c> for gRPC, <c>http://host:4318/v1/traces</c> for HTTP. Empty: no traces.</summary>
    public string OtlpEndpoint { get; set; } = "";

    /// <summary>Share of the calls that are traced when the caller's trace does not say: 0 to 1.</summary>
    public double SampleRatio { get; set; } = 0.01;

    public bool IsOn => OtlpEndpoint.Length > 0;

    internal bool IsHttp => new Uri(OtlpEndpoint).AbsolutePath.EndsWith(HttpPath, StringComparison.Ordinal);
}
