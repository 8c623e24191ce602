using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Belong.ConsentService.Hosting;

/// <summary>
/// The end of an instance, in order: it says that it does not serve, answers on until balancers have seen it, and then
/// ends the calls that would go on by themselves, so that their callers go on elsewhere.
/// </summary>
public sealed class Drain : IDisposable
{
    /// <summary>Another instance is there at once.</summary>
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _over = new();

    /// <summary>Cancelled when streams are to end.</summary>
    public CancellationToken Over => _over.Token;

    public void End() => _over.Cancel();

    /// <summary>UNAVAILABLE, with the time after which to try another instance.</summary>
    public static RpcException BuildRefusal(string goOn) => Refusal.Of(
        StatusCode.Unavailable, "STOPPING", $"the instance stops: {goOn}", new Google.Rpc.RetryInfo { RetryDelay = Duration.FromTimeSpan(RetryAfter) });

    public void Dispose() => _over.Dispose();
}
