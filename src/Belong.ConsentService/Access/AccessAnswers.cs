using System.Globalization;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Overload;
using Grpc.Core;

namespace Belong.ConsentService.Access;

/// <summary>What a call that is not let in is told.</summary>
internal static class AccessAnswers
{
    private static readonly TimeSpan GrantsWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StreamWait = TimeSpan.FromMilliseconds(100);

    public static RpcException Of(AccessRefusal cause) => cause switch
    {
        AccessRefusal.NoCredentials => Unauthenticated("authorization is missing: 'authorization: Bearer KEY' with a key or a token of a registered caller, or a client certificate, is required"),
        AccessRefusal.TokenInvalid => Unauthenticated("authorization is a token that is not accepted: one of a registered subject, by a known key, of the issuer and audience that the service demands, and in force now, is required"),
        AccessRefusal.CertificateUnknown => Unauthenticated("the client certificate is of nobody who is registered, or has ended: one with a name of a registered caller, or 'authorization: Bearer KEY', is required"),
        AccessRefusal.GrantsUnknown => Refusal.Retry(StatusCode.Unavailable, "GRANTS_UNKNOWN", "who may ask could not be read yet: try again in a moment", GrantsWait),
        _ => Unauthenticated("authorization is unknown: 'authorization: Bearer KEY' with a key of a registered caller is required"),
    };

    public static RpcException NotGranted(Caller caller, Rpc rpc) =>
        Refusal.Of(StatusCode.PermissionDenied, "CALLER_NOT_PERMITTED", $"the call is {rpc}: caller '{caller.Name}' has no grant for it");

    public static RpcException GrantsChanged(Caller caller) => Refusal.Retry(
        StatusCode.Unavailable, "GRANTS_CHANGED", $"the grants of caller '{caller.Name}' have changed: begin the stream again, from where it was", StreamWait);

    public static RpcException RateLimited(Caller caller, CallBudget budget, RateLimit rate, TimeSpan wait)
    {
        var (what, field) = budget == CallBudget.Registry ? ("calls of ConsentRegistry", "registry_calls_per_second") : ("checks", "checks_per_second");
        var waitMs = Math.Max(1, (long)Math.Ceiling(wait.TotalMilliseconds));
        return Refusal.Retry(StatusCode.ResourceExhausted, "RATE_LIMITED",
            $"the {what} of caller '{caller.Name}' are above {rate.PerSecond} per second, its {field}: try again in {waitMs} ms", TimeSpan.FromMilliseconds(waitMs));
    }

    /// <summary>A trailers-only gRPC answer: the status stands in the headers.</summary>
    public static void Write(HttpResponse response, RpcException refusal)
    {
        response.ContentType = "application/grpc";
        response.Headers["grpc-status"] = ((int)refusal.StatusCode).ToString(CultureInfo.InvariantCulture);
        response.Headers["grpc-message"] = refusal.Status.Detail;
        response.Headers[Refusal.DetailsKey] = Convert.ToBase64String(refusal.Trailers.GetValueBytes(Refusal.DetailsKey)!);
    }

    private static RpcException Unauthenticated(string sentence) => Refusal.Of(StatusCode.Unauthenticated, "UNAUTHENTICATED", sentence);
}
