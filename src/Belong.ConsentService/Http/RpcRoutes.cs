using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Grpc.JsonTranscoding;

namespace Belong.ConsentService.Http;

/// <summary>
/// Takes the endpoints of the services before they are routed to: what is gRPC goes to the gRPC port, what is JSON to its
/// own, and neither answers at the other.
/// </summary>
internal sealed class RpcRoutes(IServiceProvider services) : IEndpointRouteBuilder
{
    public IServiceProvider ServiceProvider => services;

    public ICollection<EndpointDataSource> DataSources { get; } = [];

    public EndpointDataSource FindGrpc() => new DefaultEndpointDataSource(All.Where(endpoint => !IsJson(endpoint)));

    public IReadOnlyList<RouteEndpoint> FindJson() => [.. All.Where(IsJson).Cast<RouteEndpoint>()];

    public IApplicationBuilder CreateApplicationBuilder() => new ApplicationBuilder(services);

    private IEnumerable<Endpoint> All => DataSources.SelectMany(source => source.Endpoints);

    private static bool IsJson(Endpoint endpoint) =>
        endpoint.Metadata.GetMetadata<GrpcJsonTranscodingMetadata>() is not null && endpoint.Metadata.GetMetadata<GrpcMethodMetadata>() is not null;
}
