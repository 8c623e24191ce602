namespace Belong.ConsentService.Dev.Chaos.Faults;

/// <summary>PostgreSQL gone, slow, cut off, restarted, failed over or restored.</summary>
internal static class PostgresFaults
{
    public static IReadOnlyList<Fault> List { get; } =
    [
        new("postgres-paused", PauseAsync),
        new("postgres-killed", KillAsync),
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
}
