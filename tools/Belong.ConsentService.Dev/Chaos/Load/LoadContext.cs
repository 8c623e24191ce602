using Belong.ConsentService.Dev.Chaos.Model;

namespace Belong.ConsentService.Dev.Chaos.Load;

/// <summary>What the clients share: the model, the judge, and where their findings go.</summary>
internal sealed class LoadContext(FactsModel model, Judge judge, Lateness lateness, Violations violations, TimeProvider time)
{
    private volatile Tally _tally = new();

    public FactsModel Model => model;

    public Violations Violations => violations;

    public TimeProvider Time => time;

    public RecentMembers Recent { get; } = new(model.MemberCount);

    public Ledger Ledger { get; } = new();

    /// <summary>Of the fault at work.</summary>
    public Tally Tally
    {
        get => _tally;
        set => _tally = value;
    }

    public void Take(Observation seen) => Take([seen]);

    /// <summary>What a watch told of some members.</summary>
    public void TakeTold(IEnumerable<Observation> told)
    {
        foreach (var seen in told)
        {
            if (judge.FindFaultOfTold(seen) is { } fault)
            {
                violations.Add($"{fault} ({seen.Call.Door})", seen, model);
            }
        }
    }

    /// <summary>How late this process was itself in the time before.</summary>
    public TimeSpan LatenessSince(long from) => lateness.Within(from, time.GetTimestamp());

    /// <param name="answers">Of one call, that came together.</param>
    public void Take(IReadOnlyList<Observation> answers)
    {
        var tally = _tally;
        var ownLateness = lateness.Within(answers[0].Call.Asked, answers[0].Call.Answered);
        foreach (var seen in answers)
        {
            tally.Count(seen, judge.DelayOf(seen));
            if (judge.FindFault(seen, ownLateness) is { } fault)
            {
                tally.CountStale(seen);
                violations.Add($"{fault} ({seen.Call.Door})", seen, model);
            }
        }
    }
}

/// <summary>Members that were written to a moment ago: where faults show.</summary>
internal sealed class RecentMembers(int memberCount)
{
    private const int Kept = 64;

    private readonly int[] _recent = new int[Kept];
    private int _next;

    public void Add(int member) => Volatile.Write(ref _recent[(Interlocked.Increment(ref _next) & int.MaxValue) % Kept], member);

    public IEnumerable<int> Copy() => [.. _recent];

    public int Pick(Random dice) => dice.Next(10) < 7 ? Volatile.Read(ref _recent[dice.Next(Kept)]) : dice.Next(memberCount);
}
