using System.Net;
using System.Net.Sockets;

namespace Belong.ConsentService.Testing;

/// <summary>A port of the loopback address that stays with its holder while the server on it is dead.</summary>
/// <remarks>
/// Bound and not listening, with the address marked as reusable: a server, which marks it too, can listen on it;
/// the kernel gives it to nobody who asks for any port.
/// </remarks>
internal sealed class HeldPort : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public HeldPort()
    {
        _socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Number = ((IPEndPoint)_socket.LocalEndPoint!).Port;
    }

    public int Number { get; }

    public void Dispose() => _socket.Dispose();
}
