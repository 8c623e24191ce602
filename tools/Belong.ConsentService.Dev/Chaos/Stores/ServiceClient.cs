using Belong.Consent.V1;
using Grpc.Core;
using Grpc.Net.Client;

namespace Belong.ConsentService.Dev.Chaos.Stores;

/// <summary>One connection to an instance.</summary>
internal sealed class ServiceClient : IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestReconnect = TimeSpan.FromMilliseconds(200);

    private readonly GrpcChannel _channel;

    public ServiceClient(Uri address)
    {
        _channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler
            {
                ConnectTimeout = ConnectTimeout,
                // A held instance must not hold the client for longer than the fault lasts.
                KeepAlivePingDelay = TimeSpan.FromSeconds(1),
                KeepAlivePingTimeout = TimeSpan.FromSeconds(5),
            },
            MaxReconnectBackoff = LongestReconnect,
            InitialReconnectBackoff = TimeSpan.FromMilliseconds(50),
        });
        Checks = new ConsentCheck.ConsentCheckClient(_channel);
        Audience = new ConsentAudience.ConsentAudienceClient(_channel);
        Registry = new ConsentRegistry.ConsentRegistryClient(_channel);
    }

    public ConsentCheck.ConsentCheckClient Checks { get; }

    public ConsentAudience.ConsentAudienceClient Audience { get; }

    public ConsentRegistry.ConsentRegistryClient Registry { get; }

    /// <summary>Said by the service, and not made up by the client for a connection that broke.</summary>
    public static bool IsAnsweredInternal(RpcException e) => e.StatusCode == StatusCode.Internal && e.Status.DebugException is null;

    public void Dispose() => _channel.Dispose();
}
