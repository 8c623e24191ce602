namespace Belong.ConsentService.Tests.Monitoring;

/// <summary>
/// Metrics of the access layer that docs, alerts and dashboard speak of and that the service of this branch does not
/// have yet. To be removed with the merge of that layer, which brings exactly these.
/// </summary>
internal static class AwaitedMetrics
{
    public static readonly IReadOnlySet<string> Names = new HashSet<string>(StringComparer.Ordinal)
    {
        "consent_rpc_seconds", "consent_rpcs_total", "consent_access_refused_total", "consent_grants_version", "consent_grants_refused",
        "consent_grants_reloads_total", "consent_certificate_not_after_timestamp_seconds", "consent_certificate_reloads_total",
        "consent_jwt_keys", "consent_jwt_keys_age_seconds", "consent_jwt_keys_errors_total", "consent_exception_claims_total",
    };

    public static bool AreIn(string query) => Names.Any(name => query.Contains(name, StringComparison.Ordinal));
}
