using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Client.Balancer;
using Grpc.Net.Client.Configuration;

namespace Belong.ConsentService.Dev.Rolling;

/// <summary>Channels that spread their calls over all instances by round_robin. Nothing is tried again: what fails has failed.</summary>
internal sealed class BalancedChannels(IReadOnlyList<Uri> addresses, Balancing balancing) : IDisposable
{
    private const string Scheme = "instances";

    private readonly List<GrpcChannel> _channels = [];

    public GrpcChannel Open()
    {
        var services = new ServiceCollection();
        services.AddSingleton<ResolverFactory>(new Factory(addresses, balancing));
        var channel = GrpcChannel.ForAddress($"{Scheme}:///consent", new GrpcChannelOptions
        {
            Credentials = ChannelCredentials.Insecure,
            ServiceConfig = new ServiceConfig { LoadBalancingConfigs = { new RoundRobinConfig() } },
            ServiceProvider = services.BuildServiceProvider(),
            InitialReconnectBackoff = TimeSpan.FromMilliseconds(100),
            MaxReconnectBackoff = TimeSpan.FromSeconds(1),
        });
        _channels.Add(channel);
        return channel;
    }

    public void Dispose() => _channels.ForEach(channel => channel.Dispose());

    private sealed class Factory(IReadOnlyList<Uri> addresses, Balancing balancing) : ResolverFactory
    {
        public override string Name => Scheme;

        public override Resolver Create(ResolverOptions options) => balancing == Balancing.Health
            ? new HealthResolver(addresses)
            : new StaticResolver(addresses);
    }

    private sealed class StaticResolver(IReadOnlyList<Uri> addresses) : Resolver
    {
        public override void Start(Action<ResolverResult> listener) =>
            listener(ResolverResult.ForResult([.. addresses.Select(address => new BalancerAddress(address.Host, address.Port))]));
    }
}
