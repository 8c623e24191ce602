namespace Belong.ConsentService.Overload;

/// <summary>The limits of calls in flight. Health, reflection and metrics have none.</summary>
public sealed class CallLimits
{
    private const string ChecksPath = "/belong.consent.v1.ConsentCheck/";
    private const string BatchPath = ChecksPath + "CheckBatch";
    private const string ScreenPath = "/belong.consent.v1.ConsentAudience/ScreenAudience";
    private const string WatchPath = "/belong.consent.v1.ConsentAudience/WatchDecisions";
    private const string RegistryPath = "/belong.consent.v1.ConsentRegistry/";
    private const string ImportsPath = RegistryPath + "ImportMembers";

    private readonly ConcurrencyLimit _checks;
    private readonly ConcurrencyLimit _bulk;
    private readonly ConcurrencyLimit _watches;
    private readonly ConcurrencyLimit _registry;
    private readonly ConcurrencyLimit _imports;

    public CallLimits(LimitSettings settings)
    {
        _checks = new ConcurrencyLimit("checks", "The calls of ConsentCheck in flight",
            "Consent:Limits:MaxConcurrentChecks", settings.MaxConcurrentChecks, TimeSpan.FromMilliseconds(50));
        _bulk = new ConcurrencyLimit("bulk", "The calls of CheckBatch and ScreenAudience in flight",
            "Consent:Limits:MaxConcurrentBulkCalls", settings.MaxConcurrentBulkCalls, TimeSpan.FromSeconds(1));
        _watches = new ConcurrencyLimit("watches", "The calls of WatchDecisions in flight",
            "Consent:Limits:MaxConcurrentWatches", settings.MaxConcurrentWatches, TimeSpan.FromSeconds(1));
        _registry = new ConcurrencyLimit("registry", "The calls of ConsentRegistry in flight",
            "Consent:Limits:MaxConcurrentRegistryCalls", settings.MaxConcurrentRegistryCalls, TimeSpan.FromMilliseconds(200));
        _imports = new ConcurrencyLimit("imports", "The imports in flight",
            "Consent:Limits:MaxConcurrentImports", settings.MaxConcurrentImports, TimeSpan.FromSeconds(5));
    }

    public IReadOnlyList<ConcurrencyLimit> All => [_checks, _bulk, _watches, _registry, _imports];

    /// <summary>The limit that a call counts for; null when there is none.</summary>
    public ConcurrencyLimit? Find(string path)
    {
        // Routes are found without regard to case.
        if (path.StartsWith(ChecksPath, StringComparison.OrdinalIgnoreCase))
        {
            return path.StartsWith(BatchPath, StringComparison.OrdinalIgnoreCase) ? _bulk : _checks;
        }

        if (path.StartsWith(ScreenPath, StringComparison.OrdinalIgnoreCase))
        {
            return _bulk;
        }

        if (path.StartsWith(WatchPath, StringComparison.OrdinalIgnoreCase))
        {
            return _watches;
        }

        if (!path.StartsWith(RegistryPath, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        return path.StartsWith(ImportsPath, StringComparison.OrdinalIgnoreCase) ? _imports : _registry;
    }
}
