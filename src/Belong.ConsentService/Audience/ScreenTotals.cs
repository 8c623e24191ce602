using Belong.Consent.V1;
using Belong.ConsentService.Checks;
using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Audience;

/// <summary>Adds up the verdicts on a list.</summary>
internal sealed class ScreenTotals
{
    private readonly ReasonTally _tally = new();
    private long _memberCount;
    private long _allowedCount;
    private ObligationSet _obligations;
    private Instant? _validUntil;

    public void Add(Verdicts verdicts)
    {
        _memberCount += verdicts.Count;
        _allowedCount += verdicts.AllowedCount;
        _tally.Add(verdicts.Tally);
        _obligations = _obligations.Union(verdicts.Obligations);
        _validUntil = Verdicts.Earlier(_validUntil, verdicts.ValidUntil);
    }

    public ScreenSummary Write(string position)
    {
        var summary = new ScreenSummary
        {
            IsComplete = _tally.UndecidedCount == 0,
            MemberCount = _memberCount,
            AllowedCount = _allowedCount,
            UndecidedCount = _tally.UndecidedCount,
            ValidUntil = VerdictWriter.Write(_validUntil),
            Position = position,
        };
        foreach (var (reason, count) in _tally.All())
        {
            summary.Totals.Add(new ReasonTotal { Reason = (ReasonCode)reason, MemberCount = count });
            summary.Explanations.Add(DecisionWriter.Explain(reason));
        }

        VerdictWriter.WriteObligations(_obligations, summary.Obligations);
        return summary;
    }
}
