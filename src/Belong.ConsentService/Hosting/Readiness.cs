using Belong.ConsentService.Access.Grants;
using Belong.ConsentService.Feed;
using Belong.ConsentService.Freshness;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Warming;

namespace Belong.ConsentService.Hosting;

/// <summary>Whether the instance may be asked, and if not, why.</summary>
public sealed class Readiness(ConsentSettings settings, TimeProvider time, IServiceProvider services)
{
    /// <summary>A feed at rest looks once a second; so long without an end of a look it stands still.</summary>
    private static readonly TimeSpan FeedStandstill = TimeSpan.FromSeconds(10);

    private volatile bool _isStopping;

    private TimeSpan Bound => TimeSpan.FromMilliseconds(settings.Freshness.SensitiveBoundMs);

    /// <summary>From now on the instance says that it does not serve.</summary>
    public void Stop() => _isStopping = true;

    /// <summary>Why the instance is not ready; empty when it is.</summary>
    public IReadOnlyList<string> FindCauses()
    {
        var causes = new List<string>();
        if (_isStopping)
        {
            causes.Add("stopping");
        }

        if (settings.Serves)
        {
            var state = services.GetRequiredService<FactsStateHolder>().Current;
            AddAge(causes, "the register", state.RegisterAge(time));
            if (settings.Access.IsOn && !services.GetRequiredService<GrantsHolder>().IsKnown)
            {
                causes.Add("who may ask is not known: the grants have not been read yet, or cannot be used");
            }

            if (causes.Count == 0 && !services.GetRequiredService<WarmUp>().IsOver)
            {
                causes.Add("warming up");
            }
        }
        else
        {
            AddFeedAge(causes, services.GetRequiredService<FeedCounters>());
        }

        return causes;
    }

    /// <summary>What is wrong although the instance may be ready.</summary>
    public IReadOnlyList<string> FindDegradations()
    {
        var causes = new List<string>();
        if (settings.Serves)
        {
            AddAge(causes, "the cache", services.GetRequiredService<FactsStateHolder>().Current.CacheAge(time));
            AddStores(causes, services.GetRequiredService<StoreHealth>());
            AddCold(causes, services.GetRequiredService<WarmUp>());
        }

        if (settings.Feeds)
        {
            AddFeed(causes, services.GetRequiredService<FeedCounters>());
        }

        return causes;
    }

    private void AddStores(List<string> causes, StoreHealth stores)
    {
        if (stores.CacheFault is { } cacheFault)
        {
            causes.Add(cacheFault);
        }

        if (services.GetRequiredService<CacheBreaker>().IsOpen)
        {
            causes.Add("Redis hangs: checks do not ask it");
        }

        if (stores.DatabaseFault is { } databaseFault)
        {
            causes.Add(databaseFault);
        }
    }

    private static void AddCold(List<string> causes, WarmUp warmUp)
    {
        if (warmUp.IsOver && warmUp.FindCold() is { Count: > 0 } cold)
        {
            causes.Add($"not warm: {string.Join(", ", cold)}");
        }
    }

    private void AddFeed(List<string> causes, FeedCounters feed)
    {
        if (feed.IsRebuilding)
        {
            causes.Add($"the feed builds the cache anew: {feed.RebuildRows} members so far");
        }

        if (feed.IsFailing)
        {
            causes.Add("the feed fails and tries again");
        }
        else if (!feed.IsRebuilding && feed.LastCycleTimestamp != 0 && time.GetElapsedTime(feed.LastCycleTimestamp) is var still && still > FeedStandstill)
        {
            causes.Add($"the feed has stood still for {still.TotalSeconds:F0} s");
        }
    }

    /// <summary>Of an instance that feeds and nothing else.</summary>
    private void AddFeedAge(List<string> causes, FeedCounters feed)
    {
        if (feed.LastCycleTimestamp == 0)
        {
            causes.Add("the feed has carried nothing yet");
        }
        else if (!feed.IsRebuilding && time.GetElapsedTime(feed.LastCycleTimestamp) is var still && still > Bound)
        {
            causes.Add($"the feed has stood still for {still.TotalSeconds:F0} s; {Bound.TotalSeconds:F0} s are allowed");
        }
    }

    private void AddAge(List<string> causes, string what, TimeSpan age)
    {
        if (age == TimeSpan.MaxValue)
        {
            causes.Add($"{what} has not been read yet");
        }
        else if (age > Bound)
        {
            causes.Add($"{what} is {age.TotalSeconds:F0} s old; {Bound.TotalSeconds:F0} s are allowed");
        }
    }
}
