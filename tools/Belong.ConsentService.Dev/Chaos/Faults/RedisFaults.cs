using Belong.ConsentService.Dev.Chaos.Stores;

namespace Belong.ConsentService.Dev.Chaos.Faults;

/// <summary>A single Redis gone, slow, empty, full, damaged or back in time.</summary>
internal static class RedisFaults
{
    private static readonly RedisKind[] Single = [RedisKind.Single];

    public static IReadOnlyList<Fault> List { get; } =
    [
        new("redis-killed", KillAsync) { Kinds = Single },
        new("redis-paused", PauseAsync) { Kinds = Single },
        new("redis-flushed", FlushAsync) { Kinds = Single },
    ];

    private static async Task KillAsync(Stage stage, Random dice, CancellationToken cancellation)
    {
        await stage.Stores.Redis.Single!.KillAsync(cancellation);
        await Fault.HoldAsync(dice, cancellation);
        await stage.Stores.Redis.Single.RestartAsync(cancellation);
    }

    private static async Task PauseAsync(Stage stage, Random dice, CancellationToken cancellation)
    {
        await stage.Stores.Redis.Single!.PauseAsync(cancellation);
        await Fault.HoldAsync(dice, cancellation);
        await stage.Stores.Redis.Single.ResumeAsync(cancellation);
    }

    private static async Task FlushAsync(Stage stage, Random dice, CancellationToken cancellation)
    {
        await stage.RedisConnection.GetServers().First(server => !server.IsReplica).FlushAllDatabasesAsync();
        await Fault.HoldAsync(dice, cancellation);
    }
}
