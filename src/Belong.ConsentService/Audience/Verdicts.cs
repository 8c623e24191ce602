using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Audience;

/// <summary>What was decided of some members of a list, in their order.</summary>
public sealed class Verdicts(int count)
{
    private readonly ReasonSet[] _reasons = new ReasonSet[count];
    private readonly bool[] _isAllowed = new bool[count];

    public int Count => _reasons.Length;

    public int AllowedCount { get; private set; }

    public ReasonTally Tally { get; } = new();

    /// <summary>All obligations that came with any permission.</summary>
    public ObligationSet Obligations { get; private set; }

    /// <summary>The earliest instant that was judged; null when nobody was.</summary>
    public Instant? EvaluatedAt { get; private set; }

    /// <summary>The earliest end of a permission; null when there is none.</summary>
    public Instant? ValidUntil { get; private set; }

    /// <summary>ALLOW, and nothing less.</summary>
    public bool IsAllowed(int index) => _isAllowed[index];

    public ReasonSet ReasonsOf(int index) => _reasons[index];

    internal void Set(int index, in Decision decision)
    {
        _reasons[index] = decision.Reasons;
        Tally.Add(decision.Reasons.Primary);
        EvaluatedAt = Earlier(EvaluatedAt, decision.EvaluatedAt);
        if (decision.Outcome == Outcome.Allow)
        {
            _isAllowed[index] = true;
            AllowedCount++;
            Obligations = Obligations.Union(decision.Obligations);
            ValidUntil = Earlier(ValidUntil, decision.ValidUntil);
        }
    }

    /// <summary>What is not an id.</summary>
    internal void Refuse(int index)
    {
        _reasons[index] = ReasonSet.Of(Reason.RequestMalformed);
        Tally.Add(Reason.RequestMalformed);
    }

    internal static Instant? Earlier(Instant? known, Instant? other) =>
        known is { } one && other is { } another ? (one < another ? one : another) : known ?? other;
}
