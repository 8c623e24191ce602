using Belong.ConsentService.Dev.Chaos.Model;
using Belong.ConsentService.Dev.Chaos.Stores;
using Belong.ConsentService.Testing;
using StackExchange.Redis;

namespace Belong.ConsentService.Dev.Chaos.Faults;

/// <summary>A single Redis gone, slow, empty, full, damaged or back in time.</summary>
internal static class RedisFaults
{
    private const int DamagedAtOnce = 40;
    private static readonly RedisKind[] Single = [RedisKind.Single];

    public static IReadOnlyList<Fault> List { get; } =
    [
        new("redis-killed", KillAsync) { Kinds = Single },
        new("redis-paused", PauseAsync) { Kinds = Single },
        new("redis-cut", CutAsync) { Kinds = Single },
        new("redis-slow", SlowAsync) { Kinds = Single },
        new("redis-flushed", FlushAsync) { Kinds = Single },
        new("redis-back-in-time", GoBackAsync) { Kinds = Single },
        new("redis-full", FillUpAsync) { Kinds = Single },
        new("redis-values-damaged", DamageAsync),
    ];

    private static RedisServer Server(Stage stage) => stage.Stores.Redis.Single!;

    private static async Task KillAsync(Stage stage, Random dice, CancellationToken cancellation)
    {
        await Server(stage).KillAsync(cancellation);
        await Fault.HoldAsync(dice, cancellation);
        await Server(stage).RestartAsync(cancellation);
    }

    private static async Task PauseAsync(Stage stage, Random dice, CancellationToken cancellation)
    {
        await Server(stage).PauseAsync(cancellation);
        await Fault.HoldAsync(dice, cancellation);
        await Server(stage).ResumeAsync(cancellation);
    }

    /// <summary>For one instance or both.</summary>
    private static async Task CutAsync(Stage stage, Random dice, CancellationToken cancellation)
    {
        var cut = stage.Instances.Take(dice.Next(1, 3)).ToList();
        cut.ForEach(instance => instance.Redis!.Cut());
        await Fault.HoldAsync(dice, cancellation);
        cut.ForEach(instance => instance.Redis!.Restore());
    }

    /// <summary>Sometimes within what a check waits for, sometimes beyond.</summary>
    private static async Task SlowAsync(Stage stage, Random dice, CancellationToken cancellation)
    {
        var delay = TimeSpan.FromMilliseconds(dice.Next(1, 150));
        foreach (var instance in stage.Instances)
        {
            instance.Redis!.Delay(delay);
        }

        await Fault.HoldAsync(dice, cancellation);
        foreach (var instance in stage.Instances)
        {
            instance.Redis!.Delay(TimeSpan.Zero);
        }
    }

    /// <summary>It comes back with what it held some time ago.</summary>
    private static async Task GoBackAsync(Stage stage, Random dice, CancellationToken cancellation)
    {
        var copy = await Server(stage).SaveCopyAsync(cancellation);
        await Fault.HoldAsync(dice, cancellation);
        await Server(stage).GoBackAsync(copy, cancellation);
        // Long enough for what was lost to be older than the bound.
        await Task.Delay(TimeSpan.FromSeconds(4), cancellation);
    }

    private static async Task FlushAsync(Stage stage, Random dice, CancellationToken cancellation)
    {
        await stage.RedisConnection.GetServers().Single().FlushAllDatabasesAsync();
        await Fault.HoldAsync(dice, cancellation);
    }

    /// <summary>No memory is left for another write.</summary>
    private static async Task FillUpAsync(Stage stage, Random dice, CancellationToken cancellation)
    {
        var server = stage.RedisConnection.GetServers().Single();
        await server.ConfigSetAsync("maxmemory", 1_000_000);
        await Fault.HoldAsync(dice, cancellation);
        await server.ConfigSetAsync("maxmemory", 0);
    }

    /// <summary>While PostgreSQL is slow, so that what replaces a value comes late.</summary>
    private static async Task DamageAsync(Stage stage, Random dice, CancellationToken cancellation)
    {
        var generation = await stage.Convergence.ReadGenerationAsync(cancellation);
        var keys = stage.RedisConnection.GetDatabase();
        SetDelay(stage, TimeSpan.FromMilliseconds(dice.Next(20, 120)));
        for (var times = dice.Next(10, 25); times > 0; times--)
        {
            for (var i = 0; i < DamagedAtOnce; i++)
            {
                await keys.StringSetAsync($"{Stage.Prefix}{generation}:{FactsModel.IdOf(stage.Load.Context.Recent.Pick(dice))}", Damage(dice));
            }

            await Task.Delay(dice.Next(50, 150), cancellation);
        }

        SetDelay(stage, TimeSpan.Zero);
        // What is never asked stays damaged: the auditor finds it in its time. Here it is asked.
        await stage.AskAllAsync(cancellation);
    }

    private static void SetDelay(Stage stage, TimeSpan delay)
    {
        foreach (var instance in stage.Instances)
        {
            instance.Lookups.Delay(delay);
        }
    }

    /// <summary>Noise, a format of the future, or nothing at all.</summary>
    private static RedisValue Damage(Random dice)
    {
        var bytes = new byte[dice.Next(0, 40)];
        dice.NextBytes(bytes);
        if (bytes.Length > 0)
        {
            bytes[0] = dice.Next(3) == 0 ? (byte)dice.Next(2, 31) : bytes[0];
        }

        return bytes;
    }
}
