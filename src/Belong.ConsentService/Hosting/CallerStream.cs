using Grpc.Core;

namespace Belong.ConsentService.Hosting;

/// <summary>
/// What a caller streams, no longer waited for than is allowed: a caller that says nothing must not hold its place for ever.
/// Bytes that are no frame of gRPC are refused as what they are.
/// </summary>
/// <param name="idleTimeout">The longest wait for one message.</param>
/// <param name="what">That is waited for, such as "chunk".</param>
/// <param name="setting">That allows <paramref name="idleTimeout"/>.</param>
/// <param name="reason">Of the refusal, in capitals.</param>
internal sealed class CallerStream<T>(IAsyncStreamReader<T> inner, TimeSpan idleTimeout, string what, string setting, string reason) : IAsyncStreamReader<T>
{
    public T Current => inner.Current;

    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            // Its token would end the call; what gives up waiting may still answer.
            return await inner.MoveNext(CancellationToken.None).WaitAsync(idleTimeout, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw Refusal.Of(StatusCode.DeadlineExceeded, reason, $"no {what} came for {idleTimeout.TotalSeconds:0} s, the longest that {setting} allows");
        }
        catch (IOException)
        {
            // Known here before the call's token is cancelled: nobody's failure.
            throw new RpcException(new Status(StatusCode.Cancelled, "the caller has ended its stream before its time"));
        }
        catch (InvalidDataException)
        {
            throw Refusal.Field("stream", "broken", "frames of gRPC are required, not compressed");
        }
    }
}
