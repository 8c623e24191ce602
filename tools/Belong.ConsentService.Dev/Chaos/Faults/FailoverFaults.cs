using Belong.ConsentService.Dev.Chaos.Stores;
using Belong.ConsentService.Testing.Redis;

namespace Belong.ConsentService.Dev.Chaos.Faults;

/// <summary>A primary fails over, in Redis Cluster or under Sentinels.</summary>
internal static class FailoverFaults
{
    private const int SlotCount = 16_384;
    private static readonly RedisKind[] Replicated = [RedisKind.Sentinel, RedisKind.Cluster];
    private static readonly TimeSpan WholeLimit = TimeSpan.FromSeconds(30);

    public static IReadOnlyList<Fault> List { get; } =
    [
        new("redis-primary-killed", KillAsync) { Kinds = Replicated },
        new("redis-primary-held", HoldAsync) { Kinds = Replicated },
        new("redis-failover-lost-writes", LoseWritesAsync) { Kinds = Replicated },
    ];

    private static async Task KillAsync(Stage stage, Random dice, CancellationToken cancellation)
    {
        var primary = await FindPrimaryAsync(stage, dice, cancellation);
        await primary.KillAsync(cancellation);
        await Fault.HoldAsync(dice, cancellation);
        await primary.RestartAsync(cancellation);
        await WaitUntilWholeAsync(stage, cancellation);
    }

    /// <summary>It comes back, and for a moment takes itself for the primary still.</summary>
    private static async Task HoldAsync(Stage stage, Random dice, CancellationToken cancellation)
    {
        var primary = await FindPrimaryAsync(stage, dice, cancellation);
        await primary.PauseAsync(cancellation);
        await Fault.HoldAsync(dice, cancellation);
        await primary.ResumeAsync(cancellation);
        await WaitUntilWholeAsync(stage, cancellation);
    }

    /// <summary>The one that takes over lacks what was acknowledged last.</summary>
    private static async Task LoseWritesAsync(Stage stage, Random dice, CancellationToken cancellation)
    {
        var primary = await FindPrimaryAsync(stage, dice, cancellation);
        Task LoseAsync(CancellationToken token) => Task.Delay(dice.Next(200, 800), token);
        await (stage.Stores.Redis.Cluster?.FailOverLosingAsync(primary, LoseAsync, cancellation)
            ?? stage.Stores.Redis.Sentinel!.FailOverLosingAsync(LoseAsync, cancellation));
        await Fault.HoldAsync(dice, cancellation);
        await primary.RestartAsync(cancellation);
        await WaitUntilWholeAsync(stage, cancellation);
    }

    private static Task<RedisNode> FindPrimaryAsync(Stage stage, Random dice, CancellationToken cancellation) =>
        stage.Stores.Redis.Cluster?.FindPrimaryOfAsync(dice.Next(SlotCount), cancellation)
            ?? stage.Stores.Redis.Sentinel!.FindPrimaryAsync(cancellation);

    private static Task WaitUntilWholeAsync(Stage stage, CancellationToken cancellation) =>
        stage.Stores.Redis.Cluster?.WaitUntilWholeAsync(WholeLimit, cancellation)
            ?? stage.Stores.Redis.Sentinel!.WaitUntilWholeAsync(WholeLimit, cancellation);
}
