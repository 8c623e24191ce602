using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Belong.ConsentService.Cli.Arguments;
using Belong.ConsentService.Cli.Text;
using Belong.ConsentService.Client.Calls;
using Google.Rpc;
using Grpc.Core;

namespace Belong.ConsentService.Cli.Connection;

/// <summary>What went wrong, for a person and for a program.</summary>
internal sealed record Failure(int ExitCode, string Status, string Message, string Reason = "", string Field = "")
{
    public static readonly JsonSerializerOptions Readable =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = true };

    private static readonly Failure Interrupted = new(Cli.ExitCode.Interrupted, "CANCELLED", "Interrupted.");

    public static Failure Of(Exception error, string address) => error switch
    {
        RpcException rpc => OfCall(rpc, address),
        AdvisedException advised => Of(advised.Cause, address).FollowedBy(advised.Message),
        IncompleteException => new(Cli.ExitCode.Unreachable, "INCOMPLETE", error.Message),
        UsageException or IOException or UnauthorizedAccessException => new(Cli.ExitCode.Refused, "USAGE", error.Message),
        _ => new(Cli.ExitCode.Unreachable, "FAILED", $"consentctl failed: {error.Message}"),
    };

    public static Failure OfInterruption(Exception error) =>
        error is AdvisedException ? Interrupted.FollowedBy(error.Message) : Interrupted;

    public void Print(CliHost host, bool json)
    {
        host.Error.WriteLine(ProtoText.Clean(Message));
        if (json)
        {
            var error = new JsonObject { ["status"] = Status, ["message"] = Message, ["reason"] = Reason, ["field"] = Field };
            host.Output.WriteLine(new JsonObject { ["error"] = error }.ToJsonString(Readable));
        }
    }

    private Failure FollowedBy(string sentence) => this with { Message = $"{Message.TrimEnd('.')}. {sentence}" };

    private static Failure OfCall(RpcException error, string address)
    {
        var detail = error.GetRpcStatus();
        return new(
            ExitCodeOf(error.StatusCode),
            ProtoText.UpperSnake(error.StatusCode.ToString()),
            SentenceOf(error, address),
            detail?.GetDetail<ErrorInfo>()?.Reason ?? "",
            detail?.GetDetail<BadRequest>()?.FieldViolations.FirstOrDefault()?.Field ?? "");
    }

    private static string SentenceOf(RpcException error, string address) => error.StatusCode switch
    {
        StatusCode.Unavailable when error.Status.DebugException is { } cause =>
            $"Cannot reach the consent service at {address}: {Innermost(cause).Message}.",
        StatusCode.DeadlineExceeded => $"The consent service at {address} did not answer in time (--timeout).",
        StatusCode.Unimplemented => $"What listens at {address} does not offer this call.",
        _ when error.Status.Detail.Length == 0 => $"The consent service at {address} answered {error.StatusCode}.",
        StatusCode.Internal or StatusCode.Unknown when error.Status.DebugException is { } cause =>
            $"What listens at {address} does not answer as the consent service does: {Innermost(cause).Message}",
        _ => error.Status.Detail,
    };

    private static int ExitCodeOf(StatusCode code) => code switch
    {
        StatusCode.InvalidArgument or StatusCode.NotFound or StatusCode.AlreadyExists or StatusCode.PermissionDenied
            or StatusCode.Unauthenticated or StatusCode.FailedPrecondition or StatusCode.OutOfRange => Cli.ExitCode.Refused,
        _ => Cli.ExitCode.Unreachable,
    };

    private static Exception Innermost(Exception error) => error.InnerException is null ? error : Innermost(error.InnerException);
}
