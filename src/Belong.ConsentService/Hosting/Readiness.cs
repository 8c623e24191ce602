using Belong.ConsentService.Feed;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Warming;

namespace Belong.ConsentService.Hosting;

/// <summary>Whether the instance may be asked, and if not, why.</summary>
public sealed class Readiness(ConsentSettings settings, TimeProvider time, IServiceProvider services)
{
    private volatile bool _isStopping;

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
            if (causes.Count == 0 && !services.GetRequiredService<WarmUp>().IsOver)
            {
                causes.Add("warming up");
            }
        }

        return causes;
    }

    /// <summary>What is wrong although the instance is ready.</summary>
    public IReadOnlyList<string> FindDegradations()
    {
        var causes = new List<string>();
        if (settings.Serves)
        {
            AddAge(causes, "the cache", services.GetRequiredService<FactsStateHolder>().Current.CacheAge(time));
            AddCold(causes, services.GetRequiredService<WarmUp>());
        }

        return causes;
    }

    private static void AddCold(List<string> causes, WarmUp warmUp)
    {
        if (warmUp.IsOver && warmUp.FindCold() is { Count: > 0 } cold)
        {
            causes.Add($"not warm: {string.Join(", ", cold)}");
        }
    }

    private void AddAge(List<string> causes, string what, TimeSpan age)
    {
        if (age == TimeSpan.MaxValue)
        {
            causes.Add($"{what} has not been read yet");
        }
        else if (age > TimeSpan.FromMilliseconds(settings.Freshness.SensitiveBoundMs))
        {
            causes.Add($"{what} is {age.TotalSeconds:F0} s old; {settings.Freshness.SensitiveBoundMs / 1000} s are allowed");
        }
    }
}
