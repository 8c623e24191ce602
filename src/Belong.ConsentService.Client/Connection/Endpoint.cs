using System.Net;
using System.Net.Sockets;
using Grpc.Net.Client.Balancer;

namespace Belong.ConsentService.Client.Connection;

/// <summary>One instance: the address it was named by, whose name its certificate bears, and where it is.</summary>
internal sealed record Endpoint(Uri Address, IPAddress Ip)
{
    /// <summary>By it grpc-dotnet learns the name to ask for, where it connects to an address.</summary>
    private static readonly BalancerAttributesKey<string> HostOverride = new("HostOverride");

    public BalancerAddress ToBalancerAddress()
    {
        var address = new BalancerAddress(Ip.ToString(), Address.Port);
        address.Attributes.Set(HostOverride, Address.Authority);
        return address;
    }

    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(Ip, Address.Port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public override string ToString() => Address.HostNameType == UriHostNameType.Dns ? $"{Address.Authority} ({Ip})" : Address.Authority;
}
