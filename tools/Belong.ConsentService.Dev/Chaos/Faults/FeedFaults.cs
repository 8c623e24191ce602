namespace Belong.ConsentService.Dev.Chaos.Faults;

/// <summary>The feed, or an instance as a whole, killed, held, doubled or cut off.</summary>
internal static class FeedFaults
{
    public static IReadOnlyList<Fault> List { get; } =
    [
        new("feeds-cut-off", CutOffAsync),
        new("instance-held", HoldInstanceAsync),
        new("instance-killed", KillInstanceAsync),
    ];

    private static async Task CutOffAsync(Stage stage, Random dice, CancellationToken cancellation)
    {
        foreach (var instance in stage.Instances)
        {
            instance.Feed.Stall();
        }

        await Fault.HoldAsync(dice, cancellation);
        foreach (var instance in stage.Instances)
        {
            instance.Feed.Restore();
        }
    }

    private static async Task HoldInstanceAsync(Stage stage, Random dice, CancellationToken cancellation)
    {
        var held = stage.Instances[dice.Next(stage.Instances.Count)].Process;
        await held.PauseAsync(cancellation);
        await Fault.HoldAsync(dice, cancellation);
        await held.ResumeAsync(cancellation);
    }

    private static async Task KillInstanceAsync(Stage stage, Random dice, CancellationToken cancellation)
    {
        var killed = stage.Instances[dice.Next(stage.Instances.Count)].Process;
        await killed.KillAsync(cancellation);
        await Fault.HoldAsync(dice, cancellation);
        await killed.StartAgainAsync(cancellation);
    }
}
