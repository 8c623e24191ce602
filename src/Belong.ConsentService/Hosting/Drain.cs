using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Belong.ConsentService.Hosting;

/// <summary>
/// The end of an instance, in order: it says that it does not serve, answers on until balancers have seen it, then ends the
/// streams, so that their callers go on elsewhere, and only then closes connections.
/// </summary>
public sealed class Drain : IDisposable
{
    /// <summary>A caller that does not read cannot be told; it is cut off with its connection.</summary>
    private static readonly TimeSpan MaxStreamsWait = TimeSpan.FromSeconds(2);

    /// <summary>A caller that still sends on a connection that is closed would never read why its stream ended.</summary>
    private static readonly TimeSpan LastWordTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(10);

    /// <summary>Another instance is there at once.</summary>
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _over = new();
    private int _streams;

    /// <summary>Cancelled when streams are to end.</summary>
    public CancellationToken Over => _over.Token;

    /// <summary>A stream is under way until the result is disposed.</summary>
    public IDisposable HoldStream() => new HeldStream(this);

    /// <summary>Ends the streams, and waits until their callers have been told, for a while.</summary>
    public async Task EndStreamsAsync(CancellationToken cancellation)
    {
        await _over.CancelAsync();
        if (Volatile.Read(ref _streams) == 0)
        {
            return;
        }

        var started = TimeProvider.System.GetTimestamp();
        while (Volatile.Read(ref _streams) > 0 && TimeProvider.System.GetElapsedTime(started) < MaxStreamsWait && !cancellation.IsCancellationRequested)
        {
            await Task.Delay(Look, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await Task.Delay(LastWordTime, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>UNAVAILABLE, with the time after which to try another instance.</summary>
    public static RpcException BuildRefusal(string goOn) => Refusal.Of(
        StatusCode.Unavailable, "STOPPING", $"the instance stops: {goOn}", new Google.Rpc.RetryInfo { RetryDelay = Duration.FromTimeSpan(RetryAfter) });

    public void Dispose() => _over.Dispose();

    private sealed class HeldStream : IDisposable
    {
        private readonly Drain _drain;

        public HeldStream(Drain drain)
        {
            _drain = drain;
            Interlocked.Increment(ref drain._streams);
        }

        public void Dispose() => Interlocked.Decrement(ref _drain._streams);
    }
}
