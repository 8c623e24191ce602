using Belong.ConsentService.Dev.Chaos.Load;

namespace Belong.ConsentService.Dev.Chaos.Faults;

/// <summary>What writers do to a feed: transactions that end late and out of order, and statements that change everybody.</summary>
internal static class WriteFaults
{
    private const int OpenTransactions = 12;

    public static IReadOnlyList<Fault> List { get; } =
    [
        new("transactions-left-open", LeaveOpenAsync),
        new("all-in-one-statement", TouchAllAsync),
    ];

    /// <summary>They begin before all others and end, in another order, after them.</summary>
    private static async Task LeaveOpenAsync(Stage stage, Random dice, CancellationToken cancellation)
    {
        var members = Enumerable.Range(stage.Load.Context.Model.FirstSqlMember, stage.Load.Context.Model.MemberCount - stage.Load.Context.Model.FirstSqlMember).ToArray();
        dice.Shuffle(members);
        var open = new List<OpenChange>();
        foreach (var member in members.Take(OpenTransactions))
        {
            open.Add(await stage.SqlChanges.OpenAsync(member, cancellation));
        }

        await Fault.HoldAsync(dice, cancellation);
        while (open.Count > 0)
        {
            var next = dice.Next(open.Count);
            await open[next].CommitAsync(cancellation);
            open.RemoveAt(next);
            await Task.Delay(dice.Next(50), cancellation);
        }

        // Long enough for what was lost to be older than the bound.
        await Task.Delay(TimeSpan.FromSeconds(4), cancellation);
    }

    private static async Task TouchAllAsync(Stage stage, Random dice, CancellationToken cancellation)
    {
        await stage.Load.StopWritesAsync(cancellation);
        await stage.SqlChanges.TouchAllAsync(cancellation);
        stage.Load.ResumeWrites();
        await Fault.HoldAsync(dice, cancellation);
    }
}
