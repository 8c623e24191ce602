using Belong.Consent.V1;
using Belong.ConsentService.Rules;
using Google.Rpc;
using Grpc.Core;
using Decision = Belong.Consent.V1.Decision;

namespace Belong.ConsentService.Checks;

/// <summary>One check of a batch on its way from question to answer.</summary>
internal struct BatchItem
{
    /// <summary>Null when it could not be read.</summary>
    public CheckRequest? Request;

    public string MinFactsVersion;

    public bool Explain;

    /// <summary>Set when the check is refused.</summary>
    public RpcException? Refusal;

    /// <summary>Set when the check is answered.</summary>
    public Decision? Decision;

    /// <summary>Judged as of now by the facts as they are: as most are, and can be read together.</summary>
    public readonly bool IsOrdinary => Refusal is null && Request is { At: null, ExceptionClaim: null } && MinFactsVersion.Length == 0;

    public readonly bool IsAlone => Refusal is null && !IsOrdinary;

    public readonly BatchAnswer Write(string correlationId)
    {
        var answer = new BatchAnswer { CorrelationId = correlationId };
        if (Decision is not null)
        {
            answer.Decision = Decision;
        }
        else
        {
            answer.Refusal = Write(Refusal ?? throw new InvalidOperationException("a check of a batch was not answered"));
        }

        return answer;
    }

    private static CheckRefusal Write(RpcException refusal)
    {
        var status = refusal.GetRpcStatus();
        return new CheckRefusal
        {
            StatusCode = (int)refusal.StatusCode,
            Reason = status?.GetDetail<ErrorInfo>()?.Reason ?? "INTERNAL",
            Message = refusal.Status.Detail,
            Field = status?.GetDetail<BadRequest>()?.FieldViolations[0].Field ?? "",
            RetryAfterMs = (long)(status?.GetDetail<RetryInfo>()?.RetryDelay.ToTimeSpan().TotalMilliseconds ?? 0),
        };
    }
}
