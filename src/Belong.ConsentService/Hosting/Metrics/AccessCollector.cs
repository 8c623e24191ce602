using Belong.ConsentService.Access;
using Belong.ConsentService.Access.Grants;
using Belong.ConsentService.Access.Jwt;
using Belong.ConsentService.Access.Tls;

namespace Belong.ConsentService.Hosting;

/// <summary>Copies what is known of access into metrics, when somebody looks.</summary>
internal static class AccessCollector
{
    private static readonly (AccessRefusal Cause, string Label)[] Causes =
    [
        (AccessRefusal.NoCredentials, "no_credentials"),
        (AccessRefusal.KeyUnknown, "key_unknown"),
        (AccessRefusal.TokenInvalid, "token_invalid"),
        (AccessRefusal.CertificateUnknown, "certificate_unknown"),
        (AccessRefusal.RpcNotGranted, "rpc_not_granted"),
        (AccessRefusal.RateLimited, "rate_limited"),
        (AccessRefusal.GrantsUnknown, "grants_unknown"),
    ];

    public static Action Make(ConsentMetrics metrics, IServiceProvider services)
    {
        var counters = services.GetRequiredService<AccessCounters>();
        var grants = services.GetRequiredService<GrantsHolder>();
        var jwt = services.GetRequiredService<JwtKeysHolder>();
        var tls = services.GetRequiredService<TlsHolder>();
        var time = services.GetRequiredService<TimeProvider>();
        var access = new ConsentMetrics.AccessMetrics(metrics);
        return () =>
        {
            foreach (var (cause, label) in Causes)
            {
                access.Refused.WithLabels(label).IncTo(counters.RefusedCount(cause));
            }

            access.GrantsVersion.Set(grants.Current.Version);
            access.GrantsRefused.Set(counters.IsNewestRefused ? 1 : 0);
            access.GrantsAge.Set(counters.GrantsReadTimestamp is { } readAt ? time.GetElapsedTime(readAt).TotalSeconds : double.PositiveInfinity);
            access.GrantsReloads.WithLabels("loaded").IncTo(counters.GrantsLoadedCount);
            access.GrantsReloads.WithLabels("refused").IncTo(counters.GrantsRefusedCount);
            access.GrantsReloads.WithLabels("unreadable").IncTo(counters.GrantsUnreadableCount);
            access.CertificateNotAfter.WithLabels("server").Set(SecondsOf(tls.Current?.NotAfter));
            access.CertificateNotAfter.WithLabels("client_ca").Set(SecondsOf(tls.Current?.ClientCaNotAfter));
            access.CertificateReloads.WithLabels("loaded").IncTo(counters.CertificatesLoadedCount);
            access.CertificateReloads.WithLabels("refused").IncTo(counters.CertificatesRefusedCount);
            access.JwtKeys.Set(jwt.Current?.Count ?? 0);
            access.JwtKeysAge.Set(jwt.Age == TimeSpan.MaxValue ? double.PositiveInfinity : jwt.Age.TotalSeconds);
            access.JwtKeysErrors.IncTo(counters.JwtKeysErrorCount);
            access.ExceptionClaims.WithLabels("recorded").IncTo(counters.ClaimsRecordedCount);
            access.ExceptionClaims.WithLabels("refused").IncTo(counters.ClaimsRefusedCount);
        };
    }

    private static double SecondsOf(DateTime? at) => at is { } instant ? (instant - DateTime.UnixEpoch).TotalSeconds : double.PositiveInfinity;
}
