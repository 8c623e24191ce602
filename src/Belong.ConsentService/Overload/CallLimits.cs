using Belong.ConsentService.Access;

namespace Belong.ConsentService.Overload;

/// <summary>The limits of calls in flight. Health, reflection and metrics have none.</summary>
public sealed class CallLimits
{
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

    /// <summary>What an RPC counts for.</summary>
    public CallRoute RouteOf(Rpc rpc) => rpc switch
    {
        Rpc.CheckUse or Rpc.CheckDisclosure or Rpc.CheckAnonymizedProvision or Rpc.GetServerInfo => new(rpc, _checks, CallBudget.Checks),
        Rpc.CheckBatch or Rpc.ScreenAudience => new(rpc, _bulk, CallBudget.Checks),
        Rpc.WatchDecisions => new(rpc, _watches, CallBudget.Checks),
        Rpc.ImportMembers => new(rpc, _imports, CallBudget.Registry),
        _ => new(rpc, _registry, CallBudget.Registry),
    };
}
