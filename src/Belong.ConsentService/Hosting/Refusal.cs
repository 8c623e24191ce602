using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;

namespace Belong.ConsentService.Hosting;

/// <summary>Refusals as gRPC errors: one sentence, with google.rpc details that a program can read.</summary>
public static class Refusal
{
    public const string Domain = "consent.belong";

    /// <summary>The trailer with the details.</summary>
    public const string DetailsKey = "grpc-status-details-bin";

    /// <summary>INVALID_ARGUMENT: names the field, its value and what is allowed.</summary>
    public static RpcException Field(string field, string value, string allowed)
    {
        var sentence = $"{field} is {value}: {allowed}";
        return Build(StatusCode.InvalidArgument, "REQUEST_MALFORMED", sentence, new BadRequest
        {
            FieldViolations = { new BadRequest.Types.FieldViolation { Field = field, Description = sentence } },
        });
    }

    /// <summary>RESOURCE_EXHAUSTED: too much at once, and when to try again.</summary>
    public static RpcException Overloaded(string sentence, TimeSpan retryAfter) => Retry(StatusCode.ResourceExhausted, "OVERLOADED", sentence, retryAfter);

    /// <summary>What may be tried again, and when.</summary>
    public static RpcException Retry(StatusCode code, string reason, string sentence, TimeSpan retryAfter) =>
        Build(code, reason, sentence, new RetryInfo { RetryDelay = Duration.FromTimeSpan(retryAfter) });

    /// <summary>Any other status.</summary>
    /// <param name="reason">In capitals, for programs.</param>
    /// <param name="detail">More than the reason, in a form of google.rpc.</param>
    public static RpcException Of(StatusCode code, string reason, string sentence, Google.Protobuf.IMessage? detail = null) => Build(code, reason, sentence, detail);

    private static RpcException Build(StatusCode code, string reason, string sentence, Google.Protobuf.IMessage? detail)
    {
        var status = new Google.Rpc.Status
        {
            Code = (int)code,
            Message = sentence,
            Details = { Any.Pack(new ErrorInfo { Domain = Domain, Reason = reason }) },
        };
        if (detail is not null)
        {
            status.Details.Add(Any.Pack(detail));
        }

        return status.ToRpcException();
    }
}
