using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Grpc.Net.Client.Balancer;
using Status = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Belong.ConsentService.Dev.Rolling;

/// <summary>The addresses of those that say by gRPC health that they serve: what gRPC for Go and Java, and proxies, do by themselves.</summary>
internal sealed class HealthResolver(IReadOnlyList<Uri> addresses) : Resolver
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _end = new();
    private readonly Lock _lock = new();
    private readonly bool[] _isServing = new bool[addresses.Count];
    private Action<ResolverResult>? _listener;

    public override void Start(Action<ResolverResult> listener)
    {
        _listener = listener;
        for (var i = 0; i < addresses.Count; i++)
        {
            _ = WatchAsync(i);
        }
    }

    protected override void Dispose(bool disposing)
    {
        _end.Cancel();
        base.Dispose(disposing);
    }

    private async Task WatchAsync(int index)
    {
        while (!_end.IsCancellationRequested)
        {
            using var channel = GrpcChannel.ForAddress(addresses[index]);
            try
            {
                using var watch = new Health.HealthClient(channel).Watch(new HealthCheckRequest(), cancellationToken: _end.Token);
                while (await watch.ResponseStream.MoveNext(_end.Token))
                {
                    Tell(index, watch.ResponseStream.Current.Status == Status.Serving);
                }
            }
            catch (Exception e) when (e is RpcException or OperationCanceledException)
            {
                Tell(index, isServing: false);
            }

            await Task.Delay(RetryPause, _end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Tell(int index, bool isServing)
    {
        lock (_lock)
        {
            if (_isServing[index] == isServing)
            {
                return;
            }

            _isServing[index] = isServing;
            var serving = addresses.Where((_, i) => _isServing[i]).Select(address => new BalancerAddress(address.Host, address.Port)).ToList();
            _listener!(serving.Count > 0
                ? ResolverResult.ForResult(serving)
                : ResolverResult.ForFailure(new Grpc.Core.Status(StatusCode.Unavailable, "no instance says that it serves")));
        }
    }
}
