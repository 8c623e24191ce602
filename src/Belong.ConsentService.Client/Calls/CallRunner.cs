using Google.Rpc;
using Grpc.Core;

namespace Belong.ConsentService.Client.Calls;

/// <summary>What may be made again after which failure.</summary>
internal enum RetryRule
{
    /// <summary>Reads, which change nothing however often they are made.</summary>
    Read,

    /// <summary>A write with an idempotency key, which is recorded once however often it is sent.</summary>
    KeyedWrite,

    /// <summary>What leaves a record each time: only after a refusal that says that nothing was done.</summary>
    OnlyIfNotDone,
}

/// <summary>How a call is made.</summary>
/// <param name="Timeout">With all attempts.</param>
/// <param name="MaxAttempts">At the most.</param>
/// <param name="Rule">What may be made again.</param>
internal sealed record CallTerms(TimeSpan Timeout, int MaxAttempts, RetryRule Rule);

/// <summary>
/// Makes a call until it is answered, as often as its terms allow and never past its deadline. Between attempts it waits
/// longer each time, and at least as long as the service demands; what does not fit into the deadline is not waited for.
/// </summary>
internal sealed class CallRunner(TimeProvider clock)
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);

    public async Task<T> RunAsync<T>(Func<CallOptions, AsyncUnaryCall<T>> make, CallTerms terms, CancellationToken cancellation)
    {
        var begun = clock.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var deadline = DateTime.UtcNow + (terms.Timeout - clock.GetElapsedTime(begun));
                using var call = make(new CallOptions(deadline: deadline, cancellationToken: cancellation));
                return await call.ResponseAsync;
            }
            catch (RpcException error)
            {
                cancellation.ThrowIfCancellationRequested();
                var wait = WaitAfter(error, attempt);
                if (attempt >= terms.MaxAttempts || !MayRepeat(error, terms.Rule) || wait >= terms.Timeout - clock.GetElapsedTime(begun))
                {
                    throw Failures.Of(error);
                }

                await Task.Delay(wait, clock, cancellation);
            }
        }
    }

    /// <summary>Half of it is by chance, so that callers who failed together do not come back together.</summary>
    private static TimeSpan WaitAfter(RpcException error, int attempt)
    {
        var backoff = FirstWait * Math.Pow(2, attempt - 1);
        var wait = (backoff < LongestWait ? backoff : LongestWait) * (0.5 + (Random.Shared.NextDouble() / 2));
        return Patience.Demanded(error) is { } demanded && demanded > wait ? demanded : wait;
    }

    private static bool MayRepeat(RpcException error, RetryRule rule) => rule switch
    {
        RetryRule.OnlyIfNotDone => IsExhausted(error) || Failures.ReasonOf(error) is "GRANTS_UNKNOWN" or "CLAIM_NOT_RECORDED",
        RetryRule.KeyedWrite => error.StatusCode == StatusCode.Aborted || IsLapse(error),
        _ => IsLapse(error),
    };

    /// <summary>Also a connection that broke, by whatever status the transport tells it.</summary>
    private static bool IsLapse(RpcException error) =>
        error.StatusCode is StatusCode.Unavailable || IsExhausted(error) || (error.StatusCode != StatusCode.DeadlineExceeded && Failures.IsTransport(error));

    /// <summary>Without a time to wait it is a limit that another attempt does not move, such as the size of an answer.</summary>
    private static bool IsExhausted(RpcException error) => error.StatusCode == StatusCode.ResourceExhausted && Patience.Demanded(error) is not null;
}
