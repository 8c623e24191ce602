using Belong.ConsentService.Dev.Chaos.Stores;

namespace Belong.ConsentService.Dev.Chaos.Faults;

/// <summary>The feed, or an instance as a whole, killed, held, doubled or cut off.</summary>
internal static class FeedFaults
{
    private static readonly string[] FeedOnly = ["Consent:Roles:0=feed"];

    public static IReadOnlyList<Fault> List { get; } =
    [
        new("feeds-cut", (stage, dice, cancellation) => BreakAsync(stage.Instances, network => network.Cut(), dice, cancellation)),
        new("feeds-half-open", (stage, dice, cancellation) => BreakAsync(stage.Instances, network => network.Stall(), dice, cancellation)),
        new("one-feed-half-open", (stage, dice, cancellation) => BreakAsync([AnyOf(stage, dice)], network => network.Stall(), dice, cancellation)),
        new("feeds-terminated", TerminateAsync),
        new("feed-added-and-killed", AddAndKillAsync),
        new("instance-held", HoldInstanceAsync),
        new("instance-killed", KillInstanceAsync),
    ];

    private static Instance AnyOf(Stage stage, Random dice) => stage.Instances[dice.Next(stage.Instances.Count)];

    private static async Task BreakAsync(IReadOnlyList<Instance> instances, Action<Network> breaking, Random dice, CancellationToken cancellation)
    {
        foreach (var instance in instances)
        {
            breaking(instance.Feed);
        }

        await Fault.HoldAsync(dice, cancellation);
        foreach (var instance in instances)
        {
            instance.Feed.Restore();
        }
    }

    /// <summary>All connections of the service, again and again.</summary>
    private static async Task TerminateAsync(Stage stage, Random dice, CancellationToken cancellation)
    {
        for (var times = dice.Next(3, 10); times > 0; times--)
        {
            await using var command = stage.Database.CreateCommand(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'belong-consent'");
            await command.ExecuteNonQueryAsync(cancellation);
            await Task.Delay(dice.Next(20, 400), cancellation);
        }
    }

    private static async Task AddAndKillAsync(Stage stage, Random dice, CancellationToken cancellation)
    {
        var third = await stage.AddInstanceAsync(FeedOnly, cancellation);
        try
        {
            await Fault.HoldAsync(dice, cancellation);
            await third.Process.KillAsync(cancellation);
        }
        finally
        {
            await stage.RemoveInstanceAsync(third);
        }
    }

    /// <summary>Shortly and often, so that it stands still between a read and a write too.</summary>
    private static async Task HoldInstanceAsync(Stage stage, Random dice, CancellationToken cancellation)
    {
        for (var times = dice.Next(1, 4); times > 0; times--)
        {
            var held = AnyOf(stage, dice).Process;
            await held.PauseAsync(cancellation);
            await Fault.HoldAsync(dice, cancellation);
            await held.ResumeAsync(cancellation);
            await Task.Delay(dice.Next(300), cancellation);
        }
    }

    private static async Task KillInstanceAsync(Stage stage, Random dice, CancellationToken cancellation)
    {
        var killed = AnyOf(stage, dice).Process;
        await killed.KillAsync(cancellation);
        await Fault.HoldAsync(dice, cancellation);
        await killed.StartAgainAsync(cancellation);
    }
}
