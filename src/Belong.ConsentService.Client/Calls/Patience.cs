using System.Runtime.ExceptionServices;
using Google.Rpc;
using Grpc.Core;

namespace Belong.ConsentService.Client.Calls;

/// <summary>Waits between attempts, longer each time, until it has gone on too long without success.</summary>
internal sealed class Patience(TimeProvider clock, TimeSpan limit)
{
    private const string RestoredReason = "DATABASE_RESTORED";

    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    private TimeSpan _wait = FirstWait;
    private long? _since;

    /// <summary>Whether the same call may succeed later.</summary>
    public static bool IsWorthwhile(Exception error) => error switch
    {
        LapseException => true,
        RpcException rpc => rpc.StatusCode is StatusCode.Unavailable or StatusCode.ResourceExhausted or StatusCode.Internal
            or StatusCode.Unknown or StatusCode.Cancelled or StatusCode.DeadlineExceeded or StatusCode.Aborted && !IsRestored(rpc),
        _ => false,
    };

    /// <summary>PostgreSQL was put back to an earlier time.</summary>
    public static bool IsRestored(Exception error) =>
        error is RpcException { StatusCode: StatusCode.Aborted } rpc && rpc.GetRpcStatus()?.GetDetail<ErrorInfo>()?.Reason == RestoredReason;

    public void Succeeded() => (_wait, _since) = (FirstWait, null);

    /// <summary>Throws the error when there is no more time.</summary>
    public async Task WaitAsync(Exception error, CancellationToken cancellation)
    {
        _since ??= clock.GetTimestamp();
        var wait = Demanded(error) is { } demanded && demanded > _wait ? demanded : _wait;
        if (wait > limit - clock.GetElapsedTime(_since.Value))
        {
            ExceptionDispatchInfo.Throw(error);
        }

        await Task.Delay(wait, clock, cancellation);
        _wait = _wait * 2 < LongestWait ? _wait * 2 : LongestWait;
    }

    /// <summary>How long the service says to wait.</summary>
    public static TimeSpan? Demanded(Exception error) =>
        (error as RpcException)?.GetRpcStatus()?.GetDetail<RetryInfo>()?.RetryDelay?.ToTimeSpan();
}
