using Belong.ConsentService.Audience;
using Belong.ConsentService.Audit;
using Belong.ConsentService.Checks;
using Belong.ConsentService.Feed;
using Belong.ConsentService.Freshness;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Overload;
using Belong.ConsentService.Registry;
using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Hosting;

/// <summary>Copies what the rooms count into metrics, when somebody looks.</summary>
internal static class MetricsCollector
{
    public static void Register(IServiceProvider services)
    {
        var metrics = services.GetRequiredService<ConsentMetrics>();
        var settings = services.GetRequiredService<ConsentSettings>();
        Prometheus.DotNetStats.Register(metrics.Registry);
        var collect = new List<Action> { CollectInstance(metrics, services.GetRequiredService<Readiness>()) };
        if (settings.Serves)
        {
            collect.Add(CollectLookup(metrics, services));
            collect.Add(CollectDelay(metrics, services.GetRequiredService<EnforcementDelay>()));
            collect.Add(CollectRegister(metrics, services.GetRequiredService<FactsStateHolder>(), services.GetRequiredService<TimeProvider>()));
            collect.Add(CollectCalls(metrics, services));
            collect.Add(AccessCollector.Make(metrics, services));
        }

        if (settings.Feeds)
        {
            collect.Add(CollectFeed(metrics, services));
            collect.Add(CollectAudit(metrics, services.GetRequiredService<AuditCounters>()));
        }

        metrics.Registry.AddBeforeCollectCallback(() => collect.ForEach(one => one()));
    }

    private static Action CollectInstance(ConsentMetrics metrics, Readiness readiness)
    {
        var instance = new ConsentMetrics.InstanceMetrics(metrics);
        return () =>
        {
            var isReady = readiness.FindCauses().Count == 0;
            instance.Ready.Set(isReady ? 1 : 0);
            instance.Degraded.Set(isReady && readiness.FindDegradations().Count > 0 ? 1 : 0);
        };
    }

    private static Action CollectLookup(ConsentMetrics metrics, IServiceProvider services)
    {
        var holder = services.GetRequiredService<FactsStateHolder>();
        var counters = services.GetRequiredService<LookupCounters>();
        var breaker = services.GetRequiredService<CacheBreaker>();
        var stores = services.GetRequiredService<StoreHealth>();
        var time = services.GetRequiredService<TimeProvider>();
        var lookup = new ConsentMetrics.LookupMetrics(metrics);
        return () =>
        {
            var state = holder.Current;
            lookup.FactsAge.WithLabels("members").Set(Seconds(state.CacheAge(time)));
            lookup.FactsAge.WithLabels("register").Set(Seconds(state.RegisterAge(time)));
            lookup.FactsPosition.Set(state.Position?.Xmax ?? 0);
            lookup.StoreSilence.WithLabels("postgres").Set(Seconds(stores.DatabaseSilence));
            lookup.StoreSilence.WithLabels("redis").Set(Seconds(stores.CacheSilence));
            lookup.CacheReads.WithLabels("hit").IncTo(counters.Hits);
            lookup.CacheReads.WithLabels("miss").IncTo(counters.Misses);
            lookup.CacheReads.WithLabels("corrupt").IncTo(counters.Corrupt);
            lookup.CacheReads.WithLabels("failed").IncTo(counters.CacheFailures);
            lookup.CacheReads.WithLabels("given_up").IncTo(counters.CacheGivenUp);
            lookup.DatabaseReads.WithLabels("read").IncTo(counters.DatabaseReads);
            lookup.DatabaseReads.WithLabels("failed").IncTo(counters.DatabaseFailures);
            lookup.DatabaseReads.WithLabels("given_up").IncTo(counters.DatabaseGivenUp);
            lookup.CacheFills.IncTo(counters.Fills);
            lookup.CacheFillFailures.IncTo(counters.FillFailures);
            lookup.CacheBreakerOpen.Set(breaker.IsOpen ? 1 : 0);
            lookup.CacheBreakerOpenings.IncTo(breaker.Openings);
        };
    }

    private static Action CollectDelay(ConsentMetrics metrics, EnforcementDelay delay)
    {
        var changes = new ConsentMetrics.DelayMetrics(metrics);
        return () =>
        {
            changes.Pending.WithLabels("write").Set(delay.OldestWrite.TotalSeconds);
            changes.Pending.WithLabels("heartbeat").Set(delay.OldestHeartbeat.TotalSeconds);
            changes.Unmeasured.WithLabels("overflow").IncTo(delay.OverflowCount);
            changes.Unmeasured.WithLabels("generation").IncTo(delay.ReplacedCount);
        };
    }

    private static Action CollectRegister(ConsentMetrics metrics, FactsStateHolder holder, TimeProvider time)
    {
        var register = new ConsentMetrics.RegisterMetrics(metrics);
        return () =>
        {
            var present = holder.Current.Register;
            register.Vendors.Set(present.VendorCount);
            foreach (var (what, expiry) in RegisterExpiry.Of(present, Instant.From(time.GetUtcNow())))
            {
                register.EarliestExpiry.WithLabels(what).Set(expiry.Earliest is { } at ? at.UnixNanoseconds / 1e9 : double.PositiveInfinity);
                register.Expired.WithLabels(what).Set(expiry.ExpiredCount);
            }
        };
    }

    private static Action CollectCalls(ConsentMetrics metrics, IServiceProvider services)
    {
        var watches = services.GetRequiredService<WatchCounters>();
        ConcurrencyLimit[] limits = [.. services.GetRequiredService<CallLimits>().All, services.GetRequiredService<DatabaseReads>().Limit, services.GetRequiredService<ExceptionClaims>().Limit, .. services.GetRequiredService<EndpointLimits>().All];
        var calls = new ConsentMetrics.CallMetrics(metrics);
        return () =>
        {
            calls.WatchTold.WithLabels("member").IncTo(watches.Members);
            calls.WatchTold.WithLabels("everything").IncTo(watches.Everything);
            calls.WatchTold.WithLabels("heartbeat").IncTo(watches.Heartbeats);
            calls.WatchFailures.IncTo(watches.Failures);
            foreach (var limit in limits)
            {
                calls.RefusedOverload.WithLabels(limit.Name).IncTo(limit.RefusedCount);
                calls.InFlight.WithLabels(limit.Name).Set(limit.InFlight);
                calls.InFlightLimit.WithLabels(limit.Name).Set(limit.Max);
            }
        };
    }

    private static Action CollectFeed(ConsentMetrics metrics, IServiceProvider services)
    {
        var counters = services.GetRequiredService<FeedCounters>();
        var erasures = services.GetRequiredService<Erasures>();
        var time = services.GetRequiredService<TimeProvider>();
        var feed = new ConsentMetrics.FeedMetrics(metrics);
        return () =>
        {
            feed.Events.WithLabels("cycle").IncTo(counters.Cycles);
            feed.Events.WithLabels("wake_up").IncTo(counters.WakeUps);
            feed.Events.WithLabels("fallback").IncTo(counters.Fallbacks);
            feed.Events.WithLabels("member_applied").IncTo(counters.RowsApplied);
            feed.Events.WithLabels("member_unreadable").IncTo(counters.UnreadableRows);
            feed.Events.WithLabels("record_unreadable").IncTo(counters.UnreadableRecords);
            feed.Events.WithLabels("register_unreadable").IncTo(counters.UnreadableRegisters);
            feed.Events.WithLabels("session").IncTo(counters.Sessions);
            feed.Events.WithLabels("restart").IncTo(counters.Restarts);
            feed.Events.WithLabels("listener_start").IncTo(counters.ListenerStarts);
            feed.Events.WithLabels("error").IncTo(counters.Errors);
            feed.Events.WithLabels("rebuild").IncTo(counters.Rebuilds);
            feed.Events.WithLabels("new_generation").IncTo(counters.NewGenerations);
            feed.Rebuilding.Set(counters.IsRebuilding ? 1 : 0);
            feed.LastCycle.Set(counters.LastCycleDuration.TotalSeconds);
            feed.Position.Set(counters.Position);
            feed.Lag.Set(Seconds(counters.Lag(time)));
            feed.ErasuresFailed.IncTo(erasures.FailedCount);
        };
    }

    private static Action CollectAudit(ConsentMetrics metrics, AuditCounters counters)
    {
        var audit = new ConsentMetrics.AuditMetrics(metrics);
        return () =>
        {
            audit.Members.IncTo(counters.Members);
            audit.Keys.IncTo(counters.Keys);
            foreach (var kind in Enum.GetValues<DifferenceKind>())
            {
                audit.Differences.WithLabels(kind.ToString().ToLowerInvariant()).IncTo(counters.DifferencesOf(kind));
            }

            audit.SkippedPages.IncTo(counters.SkippedPages);
            audit.Errors.IncTo(counters.Errors);
            audit.Passes.WithLabels("members").IncTo(counters.MemberPasses);
            audit.Passes.WithLabels("keys").IncTo(counters.KeyPasses);
            audit.Position.Set(counters.Position);
            audit.LastPass.Set(counters.LastPassUnixMs / 1_000d);
        };
    }

    private static double Seconds(TimeSpan age) => age == TimeSpan.MaxValue ? double.PositiveInfinity : age.TotalSeconds;
}
