using System.Text.Json.Serialization;
using Belong.Consent.V1;
using Google.Protobuf.WellKnownTypes;

namespace Belong.ConsentService.Client.Lists;

/// <summary>Counts of verdicts.</summary>
internal sealed class Tally
{
    /// <summary>Members by the number of their primary reason.</summary>
    [JsonRequired]
    public SortedDictionary<int, long> ByReason { get; set; } = [];

    [JsonRequired]
    public long Allowed { get; set; }

    /// <summary>Until when those who are allowed are so, at the least, in ticks of UTC.</summary>
    [JsonRequired]
    public long? ValidUntilTicks { get; set; }

    /// <summary>Of the permissions.</summary>
    [JsonRequired]
    public SortedSet<int> Obligations { get; set; } = [];

    public long Members => ByReason.Values.Sum();

    public long Undecided => Of(ReasonCode.FactsUnavailable) + Of(ReasonCode.FactsStale);

    public long Of(ReasonCode reason) => ByReason.GetValueOrDefault((int)reason);

    public void Add(in Verdict verdict)
    {
        ByReason[(int)verdict.Primary] = Of(verdict.Primary) + 1;
        Allowed += verdict.IsAllowed ? 1 : 0;
    }

    /// <summary>What came with the permissions of a chunk.</summary>
    public void Add(ChunkVerdicts chunk)
    {
        Obligations.UnionWith(Numbers(chunk.Obligations));
        ValidUntilTicks = new[] { ValidUntilTicks, Ticks(chunk.ValidUntil) }.Min();
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

        Verdicts.Require(Obligations.SetEquals(Numbers(summary.Obligations)), "the summary has other obligations than the verdicts");
        Verdicts.Require(ValidUntilTicks == Ticks(summary.ValidUntil), "the summary is valid until another instant than the verdicts");
    }

    private static IEnumerable<int> Numbers(IEnumerable<Obligation> obligations) => obligations.Select(obligation => (int)obligation);

    private static long? Ticks(Timestamp? instant) => instant?.ToDateTime().Ticks;

    private static void Match(string what, long told, long received) =>
        Verdicts.Require(told == received, $"{told} {what} in the summary, {received} in the verdicts");
}
