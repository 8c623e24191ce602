using Google.Rpc;
using Grpc.Core;

namespace Belong.ConsentService.Client.Calls;

/// <summary>Makes of the end of a call what a caller can act on.</summary>
internal static class Failures
{
    public static ConsentException Of(RpcException error) => error.StatusCode switch
    {
        StatusCode.InvalidArgument or StatusCode.NotFound or StatusCode.AlreadyExists or StatusCode.PermissionDenied
            or StatusCode.Unauthenticated or StatusCode.FailedPrecondition or StatusCode.OutOfRange or StatusCode.Unimplemented =>
            new ConsentRefusedException(error.StatusCode, SentenceOf(error), ReasonOf(error), FieldOf(error), error),
        _ => new ConsentUnavailableException(error.StatusCode, SentenceOf(error), ReasonOf(error), error),
    };

    /// <summary>The end of a list or a watch.</summary>
    public static Exception OfStream(Exception error) => error switch
    {
        RpcException { StatusCode: StatusCode.FailedPrecondition } rpc =>
            new ScreenAgainException($"What changed since the position cannot be told any more, screen the list again: {rpc.Status.Detail}", rpc),
        RpcException rpc when Patience.IsRestored(rpc) => new ScreenAgainException(rpc.Status.Detail, rpc),
        RpcException rpc => Of(rpc),
        AnewException => new ConsentContradictionException(error.Message, error),
        IncompleteException => new ConsentUnavailableException(StatusCode.Unavailable, error.Message, "", error),
        _ => error,
    };

    public static string ReasonOf(RpcException error) => error.GetRpcStatus()?.GetDetail<ErrorInfo>()?.Reason ?? "";

    /// <summary>The connection failed, and not the service.</summary>
    public static bool IsTransport(RpcException error) =>
        error.Status.DebugException is HttpRequestException or IOException;

    private static string FieldOf(RpcException error) =>
        error.GetRpcStatus()?.GetDetail<BadRequest>()?.FieldViolations.FirstOrDefault()?.Field ?? "";

    private static string SentenceOf(RpcException error) => error.StatusCode switch
    {
        StatusCode.DeadlineExceeded => "The consent service did not answer in time.",
        _ when error.Status.DebugException is { } cause => $"The consent service was not reached: {error.Status.Detail} {Innermost(cause).Message}",
        _ when error.Status.Detail.Length == 0 => $"The consent service answered {error.StatusCode}.",
        _ => error.Status.Detail,
    };

    private static Exception Innermost(Exception error) => error.InnerException is null ? error : Innermost(error.InnerException);
}
