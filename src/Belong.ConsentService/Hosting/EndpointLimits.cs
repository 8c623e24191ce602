using Belong.ConsentService.Access;
using Belong.ConsentService.Overload;
using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Belong.ConsentService.Hosting;

/// <summary>What may be opened and sent before anybody is asked who he is, and by whom: all of it is bounded.</summary>
internal sealed class EndpointLimits(LimitSettings settings)
{
    /// <summary>Of all headers of a request: a token of 8 KiB, and as much of anything else.</summary>
    private const int MaxHeadersBytes = 16 * 1024;

    /// <summary>Of one header: a token of 8 KiB with its name and scheme.</summary>
    private const int MaxHeaderBytes = 9 * 1024;

    /// <summary>Calls of gRPC have some ten; proxies and traces add some.</summary>
    private const int MaxHeaders = 64;

    /// <summary>Calls at once on one connection; what is above waits at the caller.</summary>
    private const int MaxStreams = 100;

    /// <summary>Of a question of health, which names a service, and of reflection, which names a type.</summary>
    private const int MaxOpenMessageBytes = 4 * 1024;

    /// <summary>Watches of health hold a stream each, and need no credentials.</summary>
    private const int MaxHealthWatches = 100;

    /// <summary>Scrapers and probes: some.</summary>
    private const int MaxMetricsConnections = 100;

    /// <summary>Headers come in one piece from whoever means well.</summary>
    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(10);

    public ConcurrencyLimit Connections { get; } = new("connections", "The connections", "Consent:Limits:MaxConnections", settings.MaxConnections, TimeSpan.FromSeconds(1));

    /// <summary>Counted apart, so that neither port takes the other's: over HTTP/1.1 each call under way has a connection.</summary>
    public ConcurrencyLimit HttpConnections { get; } =
        new("http_connections", "The connections to the port of HTTP", "Consent:Limits:MaxConnections", settings.MaxConnections, TimeSpan.FromSeconds(1));

    public ConcurrencyLimit MetricsConnections { get; } =
        new("metrics_connections", "The connections to the metrics", "the service", MaxMetricsConnections, TimeSpan.FromSeconds(1));

    public ConcurrencyLimit HealthWatches { get; } = new("health_watches", "The watches of health", "the service", MaxHealthWatches, TimeSpan.FromSeconds(1));

    public IEnumerable<ConcurrencyLimit> All => [Connections, HttpConnections, MetricsConnections, HealthWatches];

    public static void Apply(KestrelServerLimits limits)
    {
        limits.MaxRequestHeadersTotalSize = MaxHeadersBytes;
        limits.MaxRequestHeaderCount = MaxHeaders;
        limits.RequestHeadersTimeout = HeadersTimeout;
        limits.Http2.MaxRequestHeaderFieldSize = MaxHeaderBytes;
        limits.Http2.MaxStreamsPerConnection = MaxStreams;
    }

    public static void Apply(IGrpcServerBuilder grpc) => grpc
        // Some bytes can become gigabytes, and nobody needs it: messages are small.
        .Services.Configure<GrpcServiceOptions>(options => options.CompressionProviders = [])
        .Configure<GrpcServiceOptions<HealthService>>(options => options.MaxReceiveMessageSize = MaxOpenMessageBytes)
        .Configure<GrpcServiceOptions<Grpc.Reflection.ReflectionServiceImpl>>(options => options.MaxReceiveMessageSize = MaxOpenMessageBytes)
        .Configure<GrpcServiceOptions<Grpc.Reflection.ReflectionV1ServiceImpl>>(options => options.MaxReceiveMessageSize = MaxOpenMessageBytes);

    /// <summary>Stands before TLS: a handshake costs.</summary>
    public static void Limit(ListenOptions listen, Func<EndpointLimits, ConcurrencyLimit> find)
    {
        var limit = find(listen.ApplicationServices.GetRequiredService<EndpointLimits>());
        listen.Use(next => connection => LimitAsync(next, connection, limit));
    }

    public static void LimitWatches(GrpcServiceEndpointConventionBuilder health, ConcurrencyLimit limit) => health.Add(endpoint =>
    {
        if (endpoint.Metadata.OfType<GrpcMethodMetadata>().FirstOrDefault() is { Method.Name: "Watch" } && endpoint.RequestDelegate is { } answer)
        {
            endpoint.RequestDelegate = http => WatchAsync(http, answer, limit);
        }
    });

    private static async Task LimitAsync(ConnectionDelegate next, ConnectionContext connection, ConcurrencyLimit limit)
    {
        if (!limit.TryEnter())
        {
            connection.Abort();
            return;
        }

        try
        {
            await next(connection);
        }
        finally
        {
            limit.Leave();
        }
    }

    private static async Task WatchAsync(HttpContext http, RequestDelegate answer, ConcurrencyLimit limit)
    {
        if (!limit.TryEnter())
        {
            AccessAnswers.Write(http.Response, limit.BuildRefusal());
            return;
        }

        try
        {
            await answer(http);
        }
        finally
        {
            limit.Leave();
        }
    }
}
