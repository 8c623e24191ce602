using Belong.Consent.V1;

namespace Belong.ConsentService.Dev.Measuring;

/// <summary>The enforcement delay under load, watched from the outside and as the service measures it itself.</summary>
internal sealed class LoadedDelay(int writesPerSecond, int checksPerSecond, TimeSpan warmUp, TimeSpan duration, int samplesPerSecond)
{
    private const double PromisedMedianMs = 10;
    private const double PromisedTailMs = 100;

    /// <summary>The service sees less often than it is asked, and its buckets are wide; more than this is a fault.</summary>
    private const double AgreedFactor = 3;
    private const double AgreedMs = 5;

    private int _fromDatabase;

    /// <summary>True when the load was reached, nothing failed, the promise was kept and both measurements agree.</summary>
    public async Task<bool> RunAsync()
    {
        await using var instances = await TwoInstances.StartAsync();
        await using var first = await WatchFromOutside.StartAsync(instances.Audiences[0]);
        await using var second = await WatchFromOutside.StartAsync(instances.Audiences[1]);
        var watched = new WriteLoad(instances, samplesPerSecond, [first, second]);
        await LoadAsync(instances, warmUp, watched);
        var writesBefore = await instances.ReadMetricAsync("write");
        var beatsBefore = await instances.ReadMetricAsync("heartbeat");
        _fromDatabase = 0;
        watched.Restart();
        var (writes, checks) = await LoadAsync(instances, duration, watched);
        await watched.ReckonAsync();
        var measured = (await instances.ReadMetricAsync("write")).Since(writesBefore);
        var beats = (await instances.ReadMetricAsync("heartbeat")).Since(beatsBefore);
        return Report(writes, checks, watched, measured, beats);
    }

    private async Task<(OpenLoop Writes, OpenLoop Checks)> LoadAsync(TwoInstances instances, TimeSpan time, WriteLoad load)
    {
        var writes = new OpenLoop(writesPerSecond, load.WriteAsync);
        var checks = new OpenLoop(checksPerSecond, () => CheckAsync(instances));
        await Task.WhenAll(writes.RunAsync(time), checks.RunAsync(time));
        return (writes, checks);
    }

    private async Task CheckAsync(TwoInstances instances)
    {
        var client = instances.Checks[Random.Shared.Next(instances.Checks.Length)];
        var decision = (await client.CheckUseAsync(MeasuredService.Ask(1 + Random.Shared.Next(MeasuredService.MemberCount)))).Decision;
        if (decision.Outcome != Outcome.Allow && !decision.Reasons.Contains(ReasonCode.DmOptedOut))
        {
            throw new InvalidOperationException($"a check was answered {decision.Reasons.FirstOrDefault()}");
        }

        if (decision.Basis.Source != FactsSource.Cache)
        {
            Interlocked.Increment(ref _fromDatabase);
        }
    }

    private bool Report(OpenLoop writes, OpenLoop checks, WriteLoad watched, HistogramMetric measured, HistogramMetric beats)
    {
        Console.WriteLine($"two instances, {duration.TotalSeconds:F0} s, open loop:");
        Console.WriteLine($"  writes {writes.Rate:F0}/s of {writesPerSecond}, failed {writes.Failed} {writes.FirstError}");
        Console.WriteLine($"  checks {checks.Rate:F0}/s of {checksPerSecond}, failed {checks.Failed} {checks.FirstError}, answered from PostgreSQL {_fromDatabase}");
        Console.WriteLine($"  the load itself stood still for {checks.LongestGap.TotalMilliseconds:F0} ms at most");
        var (most, least) = (watched.AtMost, watched.AtLeast);
        Console.WriteLine($"from commit in PostgreSQL until both instances answer by the new fact, {most.Count} opt-outs:");
        Console.WriteLine($"  first new answer  median {most.Median:F2} ms, 99th percentile {most.Quantile(0.99):F2} ms, most {most.Most:F2} ms");
        Console.WriteLine($"  last old answer   median {least.Median:F2} ms, 99th percentile {least.Quantile(0.99):F2} ms, most {least.Most:F2} ms");
        var told = watched.Told;
        Console.WriteLine("from commit in PostgreSQL until watchers at both instances are told, the same opt-outs:");
        Console.WriteLine($"  told              median {told.Median:F2} ms, 99th percentile {told.Quantile(0.99):F2} ms, most {told.Most:F2} ms");
        Console.WriteLine("consent_enforcement_delay_seconds of both instances:");
        Console.WriteLine($"  write      median {measured.QuantileMs(0.5):F2} ms, 99th percentile {measured.QuantileMs(0.99):F2} ms, {measured.Count} writes");
        Console.WriteLine($"  heartbeat  median {beats.QuantileMs(0.5):F2} ms, 99th percentile {beats.QuantileMs(0.99):F2} ms, {beats.Count} beats");
        return Tell("the load was reached and all of it answered", writes.IsReached && checks.IsReached)
            & Tell("the service and the outside agree", Agree(most.Median, measured.QuantileMs(0.5)) && Agree(most.Quantile(0.99), measured.QuantileMs(0.99)))
            & Tell($"median at most {PromisedMedianMs} ms, 99th percentile at most {PromisedTailMs} ms",
                most.Median <= PromisedMedianMs && most.Quantile(0.99) <= PromisedTailMs);
    }

    private static bool Tell(string what, bool isSo)
    {
        Console.WriteLine($"{(isSo ? "yes" : "NO ")}: {what}");
        return isSo;
    }

    private static bool Agree(double outside, double inside) =>
        Math.Abs(outside - inside) <= AgreedMs || (inside <= outside * AgreedFactor && outside <= inside * AgreedFactor);
}
