using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Grpc.Net.Client.Balancer;
using Grpc.Net.Client.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Belong.ConsentService.Client.Connection;

/// <summary>
/// One channel over all instances: calls go in turns to those that serve, over as many HTTP/2 connections as they need;
/// a connection that fell silent is noticed by pings, and a lost one is made anew. Nothing is tried again here.
/// </summary>
internal sealed class ConsentChannel : IDisposable
{
    /// <summary>An answer to a batch fits in it whole: what does not would wait for the caller to say that there is room again.</summary>
    internal const int StreamWindowBytes = 4 * 1024 * 1024;

    private const string Scheme = "consent";

    private static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FirstReconnect = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestReconnect = TimeSpan.FromSeconds(1);

    private readonly ServingGate _gate = new();
    private readonly ServiceProvider _services;
    private readonly GrpcChannel _channel;

    public ConsentChannel(ConsentClientOptions options, TimeProvider clock, ILoggerFactory loggers)
    {
        Uri[] addresses = [.. options.Addresses.Select(address => new Uri(address))];
        var services = new ServiceCollection();
        services.AddSingleton<ResolverFactory>(new InstanceResolverFactory(Scheme, () => new InstanceResolver(
            addresses, options.WatchHealth ? endpoint => Open(endpoint, options) : null, options.DnsRefresh, clock, _gate, loggers.CreateLogger<ConsentClient>())));
        _services = services.BuildServiceProvider();
        _channel = GrpcChannel.ForAddress($"{Scheme}:///instances", new GrpcChannelOptions
        {
            Credentials = CredentialsOf(options, addresses[0].Scheme == Uri.UriSchemeHttps),
            UnsafeUseInsecureChannelCallCredentials = true,
            ServiceConfig = new ServiceConfig { LoadBalancingConfigs = { new RoundRobinConfig() } },
            ServiceProvider = _services,
            HttpHandler = HandlerOf(options),
            DisposeHttpClient = true,
            InitialReconnectBackoff = FirstReconnect,
            MaxReconnectBackoff = LongestReconnect,
            MaxReceiveMessageSize = options.MaxAnswerBytes,
        });
    }

    public CallInvoker CreateCallInvoker() => _channel.CreateCallInvoker().Intercept(_gate);

    public void Dispose()
    {
        _channel.Dispose();
        _services.Dispose();
    }

    /// <summary>A channel to one instance, for its health alone: without a key.</summary>
    private static GrpcChannel Open(Endpoint endpoint, ConsentClientOptions options)
    {
        var handler = HandlerOf(options);
        handler.ConnectCallback = endpoint.ConnectAsync;
        return GrpcChannel.ForAddress(endpoint.Address, new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true });
    }

    private static SocketsHttpHandler HandlerOf(ConsentClientOptions options)
    {
        var handler = new SocketsHttpHandler
        {
            EnableMultipleHttp2Connections = true,
            InitialHttp2StreamWindowSize = StreamWindowBytes,
            KeepAlivePingDelay = PingDelay,
            KeepAlivePingTimeout = PingTimeout,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            UseProxy = false,
            SslOptions = new SslClientAuthenticationOptions(),
        };
        if (options.ClientCertificate is { } certificate)
        {
            handler.SslOptions.ClientCertificates = [certificate];
        }

        if (options.RootCertificates is { } roots)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.AddRange(roots);
            handler.SslOptions.CertificateChainPolicy = policy;
        }

        return handler;
    }

    private static ChannelCredentials CredentialsOf(ConsentClientOptions options, bool isTls)
    {
        var channel = isTls ? ChannelCredentials.SecureSsl : ChannelCredentials.Insecure;
        if (options.Key is null && options.TokenProvider is null)
        {
            return channel;
        }

        return ChannelCredentials.Create(channel, CallCredentials.FromInterceptor(async (context, headers) =>
        {
            var secret = options.Key ?? await options.TokenProvider!(context.CancellationToken);
            headers.Add("authorization", $"Bearer {secret}");
        }));
    }
}
