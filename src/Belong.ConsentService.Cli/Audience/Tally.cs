using Belong.Consent.V1;
using Google.Protobuf.WellKnownTypes;

namespace Belong.ConsentService.Cli.Audience;

/// <summary>Counts of verdicts.</summary>
internal sealed class Tally
{
    /// <summary>Members by the number of their primary reason.</summary>
    public SortedDictionary<int, long> ByReason { get; set; } = [];

    public long Allowed { get; set; }

    /// <summary>Until when those who are allowed are so, at the least, in ticks of UTC.</summary>
    public long? ValidUntilTicks { get; set; }

    /// <summary>Of the permissions.</summary>
    public SortedSet<int> Obligations { get; set; } = [];

    /// <summary>Allowed on a stream that broke off before it told the obligations.</summary>
    public long AllowedWithoutObligations { get; set; }

    public long Members => ByReason.Values.Sum();

    public long Undecided => Of(ReasonCode.FactsUnavailable) + Of(ReasonCode.FactsStale);

    public long Of(ReasonCode reason) => ByReason.GetValueOrDefault((int)reason);

    public void Add(in Verdict verdict)
    {
        ByReason[(int)verdict.Primary] = Of(verdict.Primary) + 1;
        Allowed += verdict.IsAllowed ? 1 : 0;
    }

    public void Bound(Timestamp? validUntil)
    {
        if (validUntil is not null && !(ValidUntilTicks <= validUntil.ToDateTime().Ticks))
        {
            ValidUntilTicks = validUntil.ToDateTime().Ticks;
        }
    }

    /// <summary>The stream's own count of what it sent must be this one.</summary>
    public void Require(ScreenSummary summary)
    {
        Match("members", summary.MemberCount, Members);
        Match("allowed members", summary.AllowedCount, Allowed);
        Match("undecided members", summary.UndecidedCount, Undecided);
        Verdicts.Require(summary.IsComplete == (Undecided == 0), $"{(summary.IsComplete ? "complete" : "incomplete")}, with {Undecided} undecided members");
        Verdicts.Require(summary.Totals.Count == ByReason.Count, $"{summary.Totals.Count} reasons in the summary, {ByReason.Count} in the verdicts");
        foreach (var total in summary.Totals)
        {
            Match($"members with reason {(int)total.Reason}", total.MemberCount, Of(total.Reason));
        }
    }

    private static void Match(string what, long told, long received) =>
        Verdicts.Require(told == received, $"{told} {what} in the summary, {received} in the verdicts");
}
