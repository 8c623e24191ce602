using Belong.ConsentService.Dev.Chaos.Stores;

namespace Belong.ConsentService.Dev.Chaos.Faults;

/// <summary>A primary of Redis Cluster fails over.</summary>
internal static class ClusterFaults
{
    private const int SlotCount = 16_384;
    private static readonly RedisKind[] Cluster = [RedisKind.Cluster];
    private static readonly TimeSpan WholeLimit = TimeSpan.FromSeconds(30);

    public static IReadOnlyList<Fault> List { get; } =
    [
        new("cluster-primary-killed", KillAsync) { Kinds = Cluster },
        new("cluster-primary-held", HoldAsync) { Kinds = Cluster },
        new("cluster-primary-lost-writes", LoseWritesAsync) { Kinds = Cluster },
    ];

    private static async Task KillAsync(Stage stage, Random dice, CancellationToken cancellation)
    {
        var cluster = stage.Stores.Redis.Cluster!;
        var primary = await cluster.FindPrimaryOfAsync(dice.Next(SlotCount), cancellation);
        await primary.KillAsync(cancellation);
        await Fault.HoldAsync(dice, cancellation);
        await primary.RestartAsync(cancellation);
        await cluster.WaitUntilWholeAsync(WholeLimit, cancellation);
    }

    /// <summary>It comes back, and for a moment takes itself for the primary still.</summary>
    private static async Task HoldAsync(Stage stage, Random dice, CancellationToken cancellation)
    {
        var cluster = stage.Stores.Redis.Cluster!;
        var primary = await cluster.FindPrimaryOfAsync(dice.Next(SlotCount), cancellation);
        await primary.PauseAsync(cancellation);
        await Fault.HoldAsync(dice, cancellation);
        await primary.ResumeAsync(cancellation);
        await cluster.WaitUntilWholeAsync(WholeLimit, cancellation);
    }

    /// <summary>The one that takes over lacks what was acknowledged last.</summary>
    private static async Task LoseWritesAsync(Stage stage, Random dice, CancellationToken cancellation)
    {
        var cluster = stage.Stores.Redis.Cluster!;
        var primary = await cluster.FindPrimaryOfAsync(dice.Next(SlotCount), cancellation);
        await cluster.FailOverLosingAsync(primary, token => Task.Delay(dice.Next(200, 800), token), cancellation);
        await Fault.HoldAsync(dice, cancellation);
        await primary.RestartAsync(cancellation);
        await cluster.WaitUntilWholeAsync(WholeLimit, cancellation);
    }
}
