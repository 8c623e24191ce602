using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging;
using ServingStatus = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Belong.ConsentService.Client.Connection;

/// <summary>Whether one instance says that it serves. One that cannot be asked does not.</summary>
internal sealed partial class HealthWatch(Endpoint endpoint, Func<Endpoint, GrpcChannel>? open, Action changed, TimeProvider clock, ILogger log) : IDisposable
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(200);

    private readonly CancellationTokenSource _end = new();

    public bool IsServing { get; private set; }

    /// <summary>It has said something, or could not be asked.</summary>
    public bool HasAnswered { get; private set; }

    /// <summary>Why it is not asked.</summary>
    public string Why { get; private set; } = "";

    public void Begin()
    {
        if (open is null)
        {
            (IsServing, HasAnswered) = (true, true);
            return;
        }

        _ = Task.Run(() => FollowAsync(open), CancellationToken.None);
    }

    public void Dispose() => _end.Cancel();

    private async Task FollowAsync(Func<Endpoint, GrpcChannel> channelTo)
    {
        using var channel = channelTo(endpoint);
        var health = new Health.HealthClient(channel);
        while (!_end.IsCancellationRequested)
        {
            try
            {
                using var watch = health.Watch(new HealthCheckRequest(), cancellationToken: _end.Token);
                while (await watch.ResponseStream.MoveNext(_end.Token))
                {
                    var status = watch.ResponseStream.Current.Status;
                    Note(status == ServingStatus.Serving, status.ToString());
                }

                Note(isServing: false, "the watch of its health ended");
            }
            catch (Exception e) when (e is RpcException or OperationCanceledException or IOException or HttpRequestException)
            {
                Note(isServing: false, (e as RpcException)?.Status.Detail ?? e.Message);
            }

            await Task.Delay(RetryPause, clock, _end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Note(bool isServing, string why)
    {
        if (_end.IsCancellationRequested)
        {
            return;
        }

        var isNew = IsServing != isServing || !HasAnswered;
        (IsServing, HasAnswered, Why) = (isServing, true, $"{endpoint}: {why}");
        if (isNew)
        {
            if (isServing)
            {
                LogServes(log, endpoint);
            }
            else
            {
                LogDoesNotServe(log, endpoint, why);
            }

            changed();
        }
    }

    [LoggerMessage(1, LogLevel.Information, "The consent service at {Endpoint} serves")]
    private static partial void LogServes(ILogger log, Endpoint endpoint);

    [LoggerMessage(2, LogLevel.Warning, "The consent service at {Endpoint} is not asked: {Why}")]
    private static partial void LogDoesNotServe(ILogger log, Endpoint endpoint, string why);
}
