using Belong.ConsentService.Dev.Fuzz.Judging;
using Belong.ConsentService.Dev.Fuzz.Messages;
using Belong.ConsentService.Dev.Fuzz.Stage;

namespace Belong.ConsentService.Dev.Fuzz.Doors;

/// <summary>One way in, and what is thrown at it.</summary>
internal abstract class Door
{
    public abstract string Name { get; }

    /// <summary>Of the requests of a run, in thousandths.</summary>
    public abstract int SharePerThousand { get; }

    /// <summary>True when what it sends may change facts.</summary>
    public virtual bool MayWrite => false;

    public abstract Task RunAsync(DoorContext context, int requests, CancellationToken cancellation);
}

/// <summary>What a door works with.</summary>
/// <param name="Seed">Of this door alone.</param>
internal sealed record DoorContext(FuzzStage Stage, MessageSource Messages, AnswerJudge Judge, Violations Violations, DoorTally Tally, int Seed, bool IsWarmUp)
{
    /// <summary>The longest wait for an answer: far above what any call may take.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public Random RandomOf(int worker) => new(unchecked((Seed * 7_919) + worker));

    public void Report(string kind, string what) => Violations.Add($"{Tally.Name}: {kind}", what);
}
