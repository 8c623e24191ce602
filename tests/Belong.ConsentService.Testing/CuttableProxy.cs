using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Belong.ConsentService.Testing;

/// <summary>A TCP proxy on a loopback port that can be cut, stalled, slowed down and restored: the network between two programs.</summary>
public sealed class CuttableProxy : IAsyncDisposable
{
    private const int BufferBytes = 64 * 1024;
    private const int PendingLimit = 512;

    /// <summary>Pieces under way in one direction of one connection; beyond it the sender has to wait.</summary>
    private const int UnderWayLimit = 1024;

    private readonly IPEndPoint _target;
    private readonly IPEndPoint _listenAt;
    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<Socket, bool> _sockets = new();
    private TaskCompletionSource _gate = OpenGate();
    private Socket? _listener;
    private Socket? _placeholder;
    private long _delayTicks;

    private CuttableProxy(IPEndPoint target)
    {
        _target = target;
        _listener = Listen(new IPEndPoint(IPAddress.Loopback, 0));
        _listenAt = (IPEndPoint)_listener.LocalEndPoint!;
        _ = AcceptAsync(_listener);
    }

    public int Port => _listenAt.Port;

    /// <summary>"127.0.0.1:port"</summary>
    public string Endpoint => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    /// <summary>Connections open now, counted on the clients' side and the target's.</summary>
    public int SocketCount => _sockets.Count;

    /// <summary>A proxy in front of a port of the loopback address.</summary>
    public static CuttableProxy Start(int targetPort) => new(new IPEndPoint(IPAddress.Loopback, targetPort));

    /// <summary>Resets all connections and refuses new ones.</summary>
    public void Cut()
    {
        lock (_lock)
        {
            if (_listener is null)
            {
                return;
            }

            _listener.Dispose();
            _listener = null;
            // Bound and not listening: connections are refused and nobody else gets the port.
            _placeholder = Bind(_listenAt);
            ResetAll();
        }
    }

    /// <summary>Keeps connections and accepts new ones, but lets nothing through.</summary>
    public void Stall()
    {
        lock (_lock)
        {
            ListenAgain();
            if (_gate.Task.IsCompleted)
            {
                _gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }

    /// <summary>Lets everything through again, also what waited during a stall.</summary>
    public void Restore()
    {
        lock (_lock)
        {
            ListenAgain();
            _gate.TrySetResult();
        }
    }

    /// <summary>From now on everything takes this long in each direction, in order; zero is as fast as can be.</summary>
    public void Delay(TimeSpan eachWay)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(eachWay, TimeSpan.Zero);
        Volatile.Write(ref _delayTicks, eachWay.Ticks);
    }

    public ValueTask DisposeAsync()
    {
        Cut();
        lock (_lock)
        {
            _placeholder?.Dispose();
            _gate.TrySetResult();
        }

        return ValueTask.CompletedTask;
    }

    private static TaskCompletionSource OpenGate()
    {
        var gate = new TaskCompletionSource();
        gate.SetResult();
        return gate;
    }

    private static Socket Bind(IPEndPoint address)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        socket.Bind(address);
        return socket;
    }

    private static Socket Listen(IPEndPoint address)
    {
        var socket = Bind(address);
        socket.Listen(PendingLimit);
        return socket;
    }

    private void ListenAgain()
    {
        if (_listener is null)
        {
            _placeholder?.Dispose();
            _placeholder = null;
            _listener = Listen(_listenAt);
            _ = AcceptAsync(_listener);
        }
    }

    private async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true)
            {
                _ = CarryAsync(listener, await listener.AcceptAsync());
            }
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            // Cut.
        }
    }

    private async Task CarryAsync(Socket listener, Socket client)
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        try
        {
            if (!Track(listener, client, server))
            {
                return;
            }

            await _gate.Task;
            await server.ConnectAsync(_target);
            await Task.WhenAll(PumpAsync(client, server), PumpAsync(server, client));
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            // One side is gone; so is the other, below.
        }
        finally
        {
            Reset(client);
            Reset(server);
        }
    }

    /// <summary>False when the proxy was cut after this connection was accepted.</summary>
    private bool Track(Socket listener, Socket client, Socket server)
    {
        lock (_lock)
        {
            _sockets[client] = true;
            _sockets[server] = true;
            return ReferenceEquals(_listener, listener);
        }
    }

    private async Task PumpAsync(Socket from, Socket to)
    {
        var underWay = Channel.CreateBounded<Piece>(UnderWayLimit);
        await Task.WhenAll(
            EndTogetherAsync(ReceiveAsync(from, underWay.Writer)),
            EndTogetherAsync(SendAsync(underWay.Reader, to)));

        async Task EndTogetherAsync(Task half)
        {
            try
            {
                await half;
            }
            catch (Exception failure) when (failure is SocketException or ObjectDisposedException or ChannelClosedException)
            {
                // A broken connection is broken in both directions.
                underWay.Writer.TryComplete(failure);
                Reset(from);
                Reset(to);
            }
        }
    }

    private async Task ReceiveAsync(Socket from, ChannelWriter<Piece> underWay)
    {
        var buffer = new byte[BufferBytes];
        int count;
        while ((count = await from.ReceiveAsync(buffer)) > 0)
        {
            var due = TimeProvider.System.GetTimestamp() + Volatile.Read(ref _delayTicks) * TimeProvider.System.TimestampFrequency / TimeSpan.TicksPerSecond;
            await underWay.WriteAsync(new Piece(buffer[..count], due));
        }

        underWay.Complete();
    }

    private async Task SendAsync(ChannelReader<Piece> underWay, Socket to)
    {
        await foreach (var piece in underWay.ReadAllAsync())
        {
            var early = TimeProvider.System.GetElapsedTime(TimeProvider.System.GetTimestamp(), piece.DueTimestamp);
            if (early > TimeSpan.Zero)
            {
                await Task.Delay(early);
            }

            await _gate.Task;
            for (var sent = 0; sent < piece.Bytes.Length;)
            {
                sent += await to.SendAsync(piece.Bytes.AsMemory(sent));
            }
        }

        await _gate.Task;
        to.Shutdown(SocketShutdown.Send);
    }

    private void ResetAll()
    {
        foreach (var socket in _sockets.Keys)
        {
            Reset(socket);
        }
    }

    private void Reset(Socket socket)
    {
        if (!_sockets.TryRemove(socket, out _))
        {
            return;
        }

        try
        {
            socket.Close(0);
        }
        catch (SocketException)
        {
            // Never connected.
        }
    }

    private sealed record Piece(byte[] Bytes, long DueTimestamp);
}
