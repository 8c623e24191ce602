using Belong.ConsentService.Audience;
using Belong.ConsentService.Checks;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Lookup;
using Prometheus;

namespace Belong.ConsentService.Warming;

/// <summary>The path of a check over the stores of the instance, that counts apart: what nobody asked is in no metric.</summary>
internal sealed class WarmUpStack
{
    public WarmUpStack(IServiceProvider services)
    {
        var metrics = new ConsentMetrics(Metrics.NewCustomRegistry());
        var counters = new LookupCounters();
        var breaker = Make<CacheBreaker>(services);
        var lookup = Make<FactsLookup>(services, counters, breaker, Make<FactsFilling>(services, Make<CacheFills>(services, counters)));
        var bulk = Make<BulkLookup>(services, counters, breaker, lookup);
        Admission = Make<CheckAdmission>(services, lookup, metrics);
        var checker = Make<Checker>(services, Admission, lookup, metrics);
        var batches = Make<BatchChecker>(services, Admission, checker, bulk, metrics);
        Service = Make<ConsentCheckService>(services, Admission, checker, batches, Make<CallErrors>(services, metrics));
        Judge = Make<AudienceJudge>(services, bulk, metrics);
    }

    public ConsentCheckService Service { get; }

    public CheckAdmission Admission { get; }

    public AudienceJudge Judge { get; }

    private static T Make<T>(IServiceProvider services, params object[] own) => ActivatorUtilities.CreateInstance<T>(services, own);
}
