using System.Globalization;
using Belong.Consent.V1;
using Belong.ConsentService.Testing.Cases;
using Google.Rpc;
using Grpc.Core;
using Reason = Belong.ConsentService.Rules.Reason;

namespace Belong.ConsentService.Dev.Conformance;

/// <summary>Reads an answer of the service in the words of the spec.</summary>
internal static class AnswerReader
{
    public static CaseDecision Read(Decision decision) => new()
    {
        Outcome = SpecNames.Outcomes.Of((Rules.Outcome)decision.Outcome),
        Reasons = Names(decision.Reasons),
        PerPurpose = decision.PerPurpose.ToDictionary(
            judged => ((int)judged.Purpose).ToString(CultureInfo.InvariantCulture), judged => Names(judged.Reasons)),
        PermittedItems = [.. decision.PermittedItems.Select(item => SpecNames.Items.Of((Rules.Item)item))],
        WithheldItems = decision.WithheldItems.ToDictionary(
            withheld => SpecNames.Items.Of((Rules.Item)withheld.Item), withheld => SpecNames.Reasons.Of((Reason)withheld.Reason)),
        Obligations = [.. decision.Obligations.Select(obligation => SpecNames.Obligations.Of((Rules.Obligation)obligation))],
    };

    public static CaseDecision Read(RpcException refusal) => new()
    {
        GrpcStatus = NameOf(refusal.StatusCode, refusal.Status.Detail),
        Reasons = refusal.GetRpcStatus()?.GetDetail<ErrorInfo>() is { } info ? [info.Reason] : [],
    };

    public static CaseDecision Read(BatchAnswer answer) => answer.AnswerCase switch
    {
        BatchAnswer.AnswerOneofCase.Decision => Read(answer.Decision),
        BatchAnswer.AnswerOneofCase.Refusal => new()
        {
            GrpcStatus = NameOf((StatusCode)answer.Refusal.StatusCode, answer.Refusal.Message),
            Reasons = [answer.Refusal.Reason],
        },
        _ => new() { GrpcStatus = "neither a decision nor a refusal" },
    };

    /// <summary>The verdict on one member of a list: of who is allowed the primary reason, else all.</summary>
    public static CaseDecision Read(ChunkVerdicts verdicts, int index, string allowed, string notAllowed)
    {
        var refused = verdicts.Refused.Where(member => member.Index == index).ToList();
        var isAllowed = (verdicts.Allowed[index / 8] & (1 << (index % 8))) != 0;
        var primary = (ReasonCode)verdicts.PrimaryReasons[index];
        return new()
        {
            Outcome = isAllowed ? allowed : notAllowed,
            Reasons = Names(refused is [var member] && !isAllowed && member.Reasons[0] == primary ? member.Reasons : [primary, .. refused.SelectMany(entry => entry.Reasons)]),
        };
    }

    /// <summary>OK when the summary is that of the only chunk.</summary>
    public static string Read(ScreenSummary summary, ChunkVerdicts verdicts)
    {
        var undecided = verdicts.PrimaryReasons.Count(number => (ReasonCode)number is ReasonCode.FactsStale or ReasonCode.FactsUnavailable);
        var allowed = verdicts.MemberCount - verdicts.Refused.Count;
        return (summary.MemberCount, summary.AllowedCount, summary.UndecidedCount, summary.IsComplete) == (verdicts.MemberCount, allowed, undecided, undecided == 0)
            ? "OK"
            : $"OK with a summary that is not that of the verdicts: {summary}";
    }

    private static string NameOf(StatusCode status, string detail) => status switch
    {
        StatusCode.InvalidArgument => "INVALID_ARGUMENT",
        StatusCode.PermissionDenied => "PERMISSION_DENIED",
        var other => $"{other}: {detail}",
    };

    private static IReadOnlyList<string> Names(IEnumerable<ReasonCode> reasons) =>
        [.. reasons.Select(reason => SpecNames.Reasons.Of((Reason)reason))];
}
