using Belong.ConsentService.Dev.Chaos.Stores;

namespace Belong.ConsentService.Dev.Chaos.Faults;

/// <summary>PostgreSQL gone, slow, cut off, restarted, failed over or restored.</summary>
internal static class PostgresFaults
{
    public static IReadOnlyList<Fault> List { get; } =
    [
        new("postgres-paused", PauseAsync),
        new("postgres-killed", KillAsync),
        new("postgres-cut", CutAsync),
        new("postgres-slow", SlowAsync),
        new("postgres-standby-held", HoldStandbyAsync),
        new("postgres-failed-over", FailOverAsync),
        new("postgres-restored", (stage, dice, cancellation) => RestoreAsync(stage, asNewSystem: false, dice, cancellation)),
        new("postgres-restored-elsewhere", (stage, dice, cancellation) => RestoreAsync(stage, asNewSystem: true, dice, cancellation)),
    ];

    private static async Task PauseAsync(Stage stage, Random dice, CancellationToken cancellation)
    {
        await stage.Stores.Postgres.PauseAsync(cancellation);
        await Fault.HoldAsync(dice, cancellation);
        await stage.Stores.Postgres.ResumeAsync(cancellation);
    }

    private static async Task KillAsync(Stage stage, Random dice, CancellationToken cancellation)
    {
        await stage.Stores.Postgres.KillAsync(cancellation);
        await Fault.HoldAsync(dice, cancellation);
        await stage.Stores.Postgres.RestartAsync(cancellation);
    }

    /// <summary>For one instance or both.</summary>
    private static async Task CutAsync(Stage stage, Random dice, CancellationToken cancellation)
    {
        var cut = NetworksOf(stage, dice.Next(1, 3));
        cut.ForEach(network => network.Cut());
        await Fault.HoldAsync(dice, cancellation);
        cut.ForEach(network => network.Restore());
    }

    private static async Task SlowAsync(Stage stage, Random dice, CancellationToken cancellation)
    {
        var slow = NetworksOf(stage, stage.Instances.Count);
        var delay = TimeSpan.FromMilliseconds(dice.Next(1, 200));
        slow.ForEach(network => network.Delay(delay));
        await Fault.HoldAsync(dice, cancellation);
        slow.ForEach(network => network.Delay(TimeSpan.Zero));
    }

    /// <summary>Commits wait for it.</summary>
    private static async Task HoldStandbyAsync(Stage stage, Random dice, CancellationToken cancellation)
    {
        await stage.Stores.Postgres.PauseStandbyAsync(cancellation);
        await Fault.HoldAsync(dice, cancellation);
        await stage.Stores.Postgres.ResumeStandbyAsync(cancellation);
    }

    private static async Task FailOverAsync(Stage stage, Random dice, CancellationToken cancellation)
    {
        await stage.Stores.Postgres.FailOverAsync(cancellation);
        await Fault.HoldAsync(dice, cancellation);
        await stage.Stores.Postgres.RebuildStandbyAsync(cancellation);
    }

    /// <summary>What was written since the backup is lost, acknowledged or not.</summary>
    private static async Task RestoreAsync(Stage stage, bool asNewSystem, Random dice, CancellationToken cancellation)
    {
        await stage.Load.StopWritesAsync(cancellation);
        var backup = await stage.Stores.Postgres.TakeBackupAsync(cancellation);
        stage.Load.MarkBackup();
        stage.Load.ResumeWrites();
        await Fault.HoldAsync(dice, cancellation);

        await stage.Load.StopWritesAsync(cancellation);
        await stage.Load.GoBackAsync(() => stage.Stores.Postgres.RestoreAsync(backup, asNewSystem, cancellation));
        stage.Load.ResumeWrites();
        await Fault.HoldAsync(dice, cancellation);
        await stage.Stores.Postgres.RebuildStandbyAsync(cancellation);
    }

    private static List<Network> NetworksOf(Stage stage, int instances) =>
        [.. stage.Instances.Take(instances).SelectMany(instance => new[] { instance.Lookups, instance.Feed })];
}
