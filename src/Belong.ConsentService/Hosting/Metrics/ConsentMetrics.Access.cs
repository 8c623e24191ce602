using Belong.ConsentService.Access;
using Grpc.Core;
using Prometheus;

namespace Belong.ConsentService.Hosting;

public sealed partial class ConsentMetrics
{
    private static readonly string[] Codes = [.. Enum.GetValues<StatusCode>().Select(CodeName)];

    private Histogram.Child[] _rpcSeconds = [];
    private Counter.Child[][] _rpcs = [];

    /// <summary>A call that ended.</summary>
    /// <param name="elapsed">Null for what is not timed.</param>
    public void Ended(Rpc rpc, StatusCode code, TimeSpan? elapsed)
    {
        _rpcs[(int)rpc][(int)code].Inc();
        if (elapsed is { } time)
        {
            _rpcSeconds[(int)rpc].Observe(time.TotalSeconds);
        }
    }

    private void MakeRpcs()
    {
        var rpcs = Enum.GetNames<Rpc>();
        var ended = Factory.CreateCounter("consent_rpcs_total", "Calls that ended, by gRPC status.", "rpc", "code");
        _rpcs = [.. rpcs.Select(rpc => Codes.Select(code => ended.WithLabels(rpc, code)).ToArray())];
        _rpcSeconds = MakeHistogram("consent_rpc_seconds", "Time from the headers of a call to its end, inside the service; streams are not timed.", "rpc", rpcs, LatencyBuckets);
    }

    /// <summary>As gRPC writes it, such as RESOURCE_EXHAUSTED.</summary>
    private static string CodeName(StatusCode code) => code == StatusCode.OK ? "OK"
        : string.Concat(code.ToString().Select((letter, i) => i > 0 && char.IsUpper(letter) ? $"_{letter}" : $"{char.ToUpperInvariant(letter)}"));

    /// <summary>What an instance tells of who may ask.</summary>
    internal sealed class AccessMetrics(ConsentMetrics metrics)
    {
        public Counter Refused { get; } = metrics.Factory.CreateCounter("consent_access_refused_total", "Calls that were not let in.", "cause");

        public Gauge GrantsVersion { get; } = metrics.Factory.CreateGauge("consent_grants_version", "The version that the grants in force state; 0 before there are any, and without authentication.");

        public Gauge GrantsRefused { get; } = metrics.Factory.CreateGauge("consent_grants_refused", "1 while the newest grants cannot be used and the last good ones stand.");

        public Counter GrantsReloads { get; } = metrics.Factory.CreateCounter("consent_grants_reloads_total", "New versions of the grants, and faults in reading them.", "result");

        public Gauge CertificateNotAfter { get; } = metrics.Factory.CreateGauge(
            "consent_certificate_not_after_timestamp_seconds", "When a certificate in force ends; +Inf without one.", "certificate");

        public Counter CertificateReloads { get; } = metrics.Factory.CreateCounter("consent_certificate_reloads_total", "New certificates.", "result");

        public Gauge JwtKeys { get; } = metrics.Factory.CreateGauge("consent_jwt_keys", "Keys by which tokens are judged; 0 without tokens, and while they are too old.");

        public Gauge GrantsAge { get; } = metrics.Factory.CreateGauge("consent_grants_age_seconds", "Time since the newest grants were last read and could be used; +Inf before, and without authentication.");

        public Gauge JwtKeysAge { get; } = metrics.Factory.CreateGauge("consent_jwt_keys_age_seconds", "Time since the keys of the issuer were last read; +Inf before, and without tokens.");

        public Counter JwtKeysErrors { get; } = metrics.Factory.CreateCounter("consent_jwt_keys_errors_total", "Times that the keys of the issuer could not be read.");

        public Counter ExceptionClaims { get; } = metrics.Factory.CreateCounter("consent_exception_claims_total", "Exceptions of §4 that were claimed and judged: recorded, or refused because they could not be.", "outcome");
    }
}
