using Belong.ConsentService.Dev.Chaos.Faults;
using Belong.ConsentService.Dev.Chaos.Load;
using Belong.ConsentService.Dev.Chaos.Stores;
using Belong.ConsentService.Testing.Postgres;

namespace Belong.ConsentService.Dev.Chaos;

/// <summary>Injects faults one after the other into stages of all kinds of Redis, and waits each time until both stores agree again.</summary>
internal sealed class ChaosRun(ChaosOptions options)
{
    private static readonly TimeProvider Time = TimeProvider.System;
    private static readonly TimeSpan WriteLimit = TimeSpan.FromSeconds(30);

    /// <summary>How soon after a fault Redis must hold what PostgreSQL holds.</summary>
    public static TimeSpan ConvergenceLimit { get; } = TimeSpan.FromSeconds(20);

    private readonly Random _dice = new(options.Seed);
    private readonly Dictionary<string, Tally> _tallies = AllFaults.List.ToDictionary(fault => fault.Name, _ => new Tally());

    public Violations Violations { get; } = new(Time);

    public IReadOnlyDictionary<string, Tally> Tallies => _tallies;

    public async Task RunAsync(CancellationToken cancellation)
    {
        await using var postgres = await PostgresPair.StartAsync(cancellation);
        foreach (var (kind, share) in Stages())
        {
            await using var redis = await RedisSide.StartAsync(kind, cancellation);
            await using var stage = await Stage.StartAsync(new StoreSet(postgres, redis), options, Violations, cancellation);
            await RunStageAsync(stage, FaultsOf(kind), options.Duration * share, cancellation);
            await CompareHistoryAsync(stage, cancellation);
            SaveLogs(stage);
        }
    }

    private List<(RedisKind Kind, double Share)> Stages()
    {
        (RedisKind Kind, double Share)[] all = [(RedisKind.Single, 0.6), (RedisKind.Sentinel, 0.2), (RedisKind.Cluster, 0.2)];
        var fitting = all.Where(stage => FaultsOf(stage.Kind).Count > 0).ToList();
        var whole = fitting.Sum(stage => stage.Share);
        return [.. fitting.Select(stage => (stage.Kind, stage.Share / whole))];
    }

    private List<Fault> FaultsOf(RedisKind kind) =>
        [.. AllFaults.List.Where(fault => fault.Kinds.Contains(kind) && (options.Faults.Count == 0 || options.Faults.Contains(fault.Name)))];

    private async Task RunStageAsync(Stage stage, List<Fault> faults, TimeSpan duration, CancellationToken cancellation)
    {
        var start = Time.GetTimestamp();
        while (true)
        {
            // Each once before any comes again.
            foreach (var fault in Shuffled(faults))
            {
                if (Time.GetElapsedTime(start) >= duration)
                {
                    return;
                }

                await InjectAsync(stage, fault, cancellation);
            }
        }
    }

    private Fault[] Shuffled(List<Fault> faults)
    {
        var order = faults.ToArray();
        _dice.Shuffle(order);
        return order;
    }

    private async Task InjectAsync(Stage stage, Fault fault, CancellationToken cancellation)
    {
        var tally = _tallies[fault.Name];
        var begun = Time.GetTimestamp();
        stage.Load.Context.Tally = tally;
        tally.Injected++;
        await fault.RunAsync(stage, _dice, cancellation);
        var convergence = await ConvergeAsync(stage, fault, cancellation);
        tally.LongestConvergence = convergence > tally.LongestConvergence ? convergence : tally.LongestConvergence;
        Console.WriteLine($"  {stage.Stores.Redis.Kind,-8} {fault.Name,-24} {Time.GetElapsedTime(begun).TotalSeconds,6:F1} s, converged after {convergence.TotalMilliseconds,6:F0} ms, {Violations.Count} violations so far");
    }

    private async Task<TimeSpan> ConvergeAsync(Stage stage, Fault fault, CancellationToken cancellation)
    {
        var ended = Time.GetTimestamp();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(WriteLimit);
        try
        {
            await stage.Load.StopWritesAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            Violations.Add("writes are not acknowledged after the fault has ended", $"{WriteLimit.TotalSeconds:F0} s after {fault.Name}");
        }

        var difference = await stage.Convergence.FindDifferenceAsync(cancellation);
        while (difference is not null && Time.GetElapsedTime(ended) < ConvergenceLimit)
        {
            await Task.Delay(20, cancellation);
            difference = await stage.Convergence.FindDifferenceAsync(cancellation);
        }

        if (difference is not null)
        {
            Violations.Add("Redis and PostgreSQL differ after the fault has ended", $"{ConvergenceLimit.TotalSeconds:F0} s after {fault.Name}: {difference}");
        }

        stage.Load.ResumeWrites();
        return Time.GetElapsedTime(ended);
    }

    private async Task CompareHistoryAsync(Stage stage, CancellationToken cancellation)
    {
        await stage.Load.StopWritesAsync(cancellation);
        foreach (var fault in await stage.Load.Context.Ledger.CompareAsync(stage.Database, stage.Load.Context.Model, cancellation))
        {
            Violations.Add("the history is not what was acknowledged", fault);
        }
    }

    private void SaveLogs(Stage stage)
    {
        if (Violations.Count > 0)
        {
            Directory.CreateDirectory(options.LogFolder);
            for (var i = 0; i < stage.Instances.Count; i++)
            {
                stage.Instances[i].Process.CopyLog(Path.Combine(options.LogFolder, $"{stage.Stores.Redis.Kind}-{i + 1}.log"));
            }
        }
    }
}
