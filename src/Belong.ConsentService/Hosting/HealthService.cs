using Grpc.Core;
using Grpc.Health.V1;
using Status = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Belong.ConsentService.Hosting;

/// <summary>
/// gRPC health. <c>""</c>, <c>ready</c> and the names of the services say whether the instance may be asked;
/// <c>degraded</c> is SERVING while nothing is degraded; <c>live</c> is SERVING while the process answers. Reasons come in
/// the trailer <c>consent-health-reasons</c>.
/// </summary>
internal sealed class HealthService(HealthBoard board, Readiness readiness, Drain drain) : Health.HealthBase
{
    public const string Live = "live";
    public const string Degraded = "degraded";
    public const string ReasonsKey = "consent-health-reasons";

    private static readonly string[] ReadyNames =
        ["", "ready", "belong.consent.v1.ConsentCheck", "belong.consent.v1.ConsentAudience", "belong.consent.v1.ConsentRegistry"];

    public override Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context)
    {
        if (Find(request.Service, board.Current) is not { } status)
        {
            throw new RpcException(new Grpc.Core.Status(StatusCode.NotFound, $"service is unknown: {string.Join(", ", ReadyNames[1..])}, {Degraded}, {Live} and '' are allowed"));
        }

        if (status == Status.NotServing)
        {
            string[] reasons = [.. readiness.FindCauses(), .. request.Service == Degraded ? readiness.FindDegradations() : []];
            context.ResponseTrailers.Add(ReasonsKey, string.Join("; ", reasons));
        }

        return Task.FromResult(new HealthCheckResponse { Status = status });
    }

    public override async Task Watch(HealthCheckRequest request, IServerStreamWriter<HealthCheckResponse> responseStream, ServerCallContext context)
    {
        using var held = drain.HoldStream();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, drain.Over);
        try
        {
            Status? told = null;
            while (true)
            {
                var seen = board.Current;
                var status = Find(request.Service, seen) ?? Status.ServiceUnknown;
                if (status != told)
                {
                    await responseStream.WriteAsync(new HealthCheckResponse { Status = status }, CancellationToken.None);
                    told = status;
                }

                await board.WaitForChangeAsync(seen).WaitAsync(ending.Token);
            }
        }
        catch (OperationCanceledException) when (!drain.Over.IsCancellationRequested)
        {
            // Whoever watched has gone.
        }
        catch (Exception e) when (drain.Over.IsCancellationRequested && e is OperationCanceledException or InvalidOperationException)
        {
            throw Drain.BuildRefusal("watch the health of another");
        }
    }

    private static Status? Find(string service, HealthState state) => service switch
    {
        Live => Status.Serving,
        Degraded => ToStatus(state is { IsReady: true, IsDegraded: false }),
        _ => ReadyNames.Contains(service, StringComparer.Ordinal) ? ToStatus(state.IsReady) : null,
    };

    private static Status ToStatus(bool isServing) => isServing ? Status.Serving : Status.NotServing;
}
