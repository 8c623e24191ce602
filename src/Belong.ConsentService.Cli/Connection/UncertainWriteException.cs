using Grpc.Core;

namespace Belong.ConsentService.Cli.Connection;

/// <summary>A write of which it is not known whether it was recorded; the message says how to repeat it safely.</summary>
internal sealed class UncertainWriteException(RpcException cause, string idempotencyKey)
    : AdvisedException($"It may have been recorded: repeat the same command with --key-id {idempotencyKey}.", cause)
{
    public static bool Covers(RpcException error) => error.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded
        or StatusCode.Internal or StatusCode.Unknown or StatusCode.Cancelled or StatusCode.Aborted;
}
