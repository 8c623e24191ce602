using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Belong.ConsentService.Dev.Fuzz.Wire;

/// <summary>Frames over a socket: written into a buffer, which is sent before anything is waited for, and read one by one.</summary>
internal sealed class FrameStream : IDisposable
{
    private const int BufferBytes = 128 * 1024;

    private readonly Socket _socket;
    private readonly byte[] _out = new byte[BufferBytes];
    private readonly byte[] _in = new byte[BufferBytes];
    private int _outCount;
    private int _inStart;
    private int _inEnd;
    private bool _isBroken;

    private FrameStream(Socket socket) => _socket = socket;

    /// <summary>The last read ended because nothing came in time, and not because the other side has ended it.</summary>
    public bool IsSilent { get; private set; }

    /// <param name="patience">The longest wait for bytes and for room to send.</param>
    public static FrameStream Connect(IPEndPoint address, TimeSpan patience)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
            ReceiveTimeout = (int)patience.TotalMilliseconds,
            SendTimeout = (int)patience.TotalMilliseconds,
            // No port waits after its end: there are many connections.
            LingerState = new LingerOption(true, 0),
        };
        try
        {
            socket.Connect(address);
            return new FrameStream(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_outCount == _out.Length)
            {
                Flush();
            }

            var piece = bytes[..Math.Min(bytes.Length, _out.Length - _outCount)];
            piece.CopyTo(_out.AsSpan(_outCount));
            _outCount += piece.Length;
            bytes = bytes[piece.Length..];
        }
    }

    public void WriteFrame(FrameType type, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        Span<byte> head = stackalloc byte[Frame.HeadBytes];
        Frame.WriteHead(head, payload.Length, type, flags, stream);
        Write(head);
        Write(payload);
    }

    /// <summary>Sends what was written. A side that has gone is noticed by the next read.</summary>
    public void Flush()
    {
        var left = _out.AsSpan(0, _outCount);
        _outCount = 0;
        try
        {
            while (!left.IsEmpty && !_isBroken)
            {
                left = left[_socket.Send(left)..];
            }
        }
        catch (SocketException)
        {
            _isBroken = true;
        }
    }

    /// <summary>One frame; false when the other side has ended it, speaks no frames, or says nothing in time.</summary>
    public bool TryRead(out FrameType type, out byte flags, out int stream, out ReadOnlySpan<byte> payload)
    {
        (type, flags, stream) = (default, 0, 0);
        payload = default;
        if (!TryFill(Frame.HeadBytes))
        {
            return false;
        }

        var length = BinaryPrimitives.ReadInt32BigEndian(_in.AsSpan(_inStart)) >>> 8;
        if (length > Frame.MaxPayloadBytes || !TryFill(Frame.HeadBytes + length))
        {
            return false;
        }

        var head = _in.AsSpan(_inStart, Frame.HeadBytes);
        (type, flags, stream) = ((FrameType)head[3], head[4], BinaryPrimitives.ReadInt32BigEndian(head[5..]) & int.MaxValue);
        payload = _in.AsSpan(_inStart + Frame.HeadBytes, length);
        _inStart += Frame.HeadBytes + length;
        return true;
    }

    /// <summary>Whatever is there, once something is; empty when the other side has ended it or says nothing in time.</summary>
    public ReadOnlySpan<byte> ReadSome()
    {
        if (!TryFill(1))
        {
            return [];
        }

        var some = _in.AsSpan(_inStart, _inEnd - _inStart);
        _inStart = _inEnd;
        return some;
    }

    public void Dispose() => _socket.Dispose();

    private bool TryFill(int needed)
    {
        if (_inEnd - _inStart >= needed)
        {
            return true;
        }

        Flush();
        if (_inStart + needed > _in.Length || _inStart == _inEnd)
        {
            _in.AsSpan(_inStart, _inEnd - _inStart).CopyTo(_in);
            (_inStart, _inEnd) = (0, _inEnd - _inStart);
        }

        try
        {
            while (_inEnd - _inStart < needed)
            {
                var count = _socket.Receive(_in.AsSpan(_inEnd));
                if (count == 0)
                {
                    return false;
                }

                _inEnd += count;
            }
        }
        catch (SocketException e)
        {
            IsSilent = e.SocketErrorCode == SocketError.TimedOut;
            return false;
        }

        return true;
    }
}
