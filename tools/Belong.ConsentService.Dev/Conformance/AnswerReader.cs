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
        GrpcStatus = refusal.StatusCode switch
        {
            StatusCode.InvalidArgument => "INVALID_ARGUMENT",
            StatusCode.PermissionDenied => "PERMISSION_DENIED",
            var other => $"{other}: {refusal.Status.Detail}",
        },
        Reasons = refusal.GetRpcStatus()?.GetDetail<ErrorInfo>() is { } info ? [info.Reason] : [],
    };

    private static IReadOnlyList<string> Names(IEnumerable<ReasonCode> reasons) =>
        [.. reasons.Select(reason => SpecNames.Reasons.Of((Reason)reason))];
}
