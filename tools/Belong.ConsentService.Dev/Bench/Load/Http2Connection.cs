using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Belong.ConsentService.Dev.Bench.Load;

/// <summary>
/// One HTTP/2 connection that carries unary gRPC calls and costs next to nothing, so that two cores belong to what is
/// measured and not to the load. One thread sends, one receives; both may be the same.
/// </summary>
internal sealed class Http2Connection : IDisposable
{
    private const int FrameHead = 9;
    private const int GrpcHead = 5;
    private const int BufferBytes = 256 * 1024;

    /// <summary>A power of two, far above the calls that are under way at once.</summary>
    public const int MaxStreams = 8_192;

    private const int StreamWindow = 1 << 20;
    private const int ConnectionWindow = 1 << 30;
    private const byte EndStream = 1;
    private const byte EndHeaders = 4;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly Lock _writing = new();
    private readonly string _authority;
    private readonly byte[] _out = new byte[BufferBytes];
    private readonly byte[] _in = new byte[BufferBytes];
    private readonly Answer[] _answers = new Answer[MaxStreams];
    private byte[] _call = [];
    private byte[] _goodHead = [];
    private byte[] _goodTrailers = [];
    private Question? _question;
    private int _outCount;
    private int _inStart;
    private int _inEnd;
    private int _lastStream = -1;
    private long _sendWindow = ushort.MaxValue;
    private int _unacknowledged;

    private Http2Connection(string authority) => _authority = authority;

    private enum FrameType : byte
    {
        Data = 0,
        Headers = 1,
        Reset = 3,
        Settings = 4,
        Ping = 6,
        GoAway = 7,
        WindowUpdate = 8,
    }

    public static Http2Connection Open(Uri address)
    {
        var connection = new Http2Connection($"{address.Host}:{address.Port}");
        connection._socket.Connect(IPAddress.Parse(address.Host), address.Port);
        connection.Greet();
        return connection;
    }

    /// <summary>Puts a call into the buffer and returns the number of its stream.</summary>
    public int Send(Question question, int member)
    {
        if (_question != question)
        {
            _question = question;
            _call = Hpack.WriteCall(_authority, question.Path, question.Authorization);
        }

        var stream = _lastStream += 2;
        SlotOf(stream) = default;
        WriteFrame(FrameType.Headers, EndHeaders, stream, _call.Length);
        _call.CopyTo(_out, _outCount);
        _outCount += _call.Length;
        WriteFrame(FrameType.Data, EndStream, stream, GrpcHead + question.Length);
        _out[_outCount] = 0;
        BinaryPrimitives.WriteInt32BigEndian(_out.AsSpan(_outCount + 1), question.Length);
        question.Write(_out.AsSpan(_outCount + GrpcHead), member);
        _outCount += GrpcHead + question.Length;
        if (Interlocked.Add(ref _sendWindow, -(GrpcHead + question.Length)) < 0)
        {
            throw new InvalidOperationException("The server leaves no room to send.");
        }

        return stream;
    }

    public void Flush()
    {
        lock (_writing)
        {
            SendAll(_out.AsSpan(0, _outCount));
        }

        _outCount = 0;
    }

    /// <summary>True when a whole frame is there without waiting.</summary>
    public bool HasMore => _inEnd - _inStart >= FrameHead && _inEnd - _inStart >= FrameHead + PayloadLength();

    /// <summary>Reads the next frame. Gives the number of the stream when a call has ended, and 0 when it was anything else.</summary>
    public int Receive(out Answer answer)
    {
        Fill(FrameHead);
        var length = PayloadLength();
        Fill(FrameHead + length);
        var head = _in.AsSpan(_inStart, FrameHead);
        var (type, flags, stream) = ((FrameType)head[3], head[4], BinaryPrimitives.ReadInt32BigEndian(head[5..]));
        ReadOnlySpan<byte> payload = _in.AsSpan(_inStart + FrameHead, length);
        _inStart += FrameHead + length;
        answer = default;
        switch (type)
        {
            case FrameType.Data when length > 0:
                SlotOf(stream) = ReadAnswer(payload);
                Acknowledge(length);
                return 0;
            case FrameType.Headers:
                var isEnd = (flags & EndStream) != 0;
                answer = ReadFate(payload, isEnd) is { } refusal ? new Answer { Refusal = refusal } : SlotOf(stream);
                return isEnd ? stream : 0;
            default:
                Obey(type, flags, stream, payload);
                return 0;
        }
    }

    public void Dispose() => _socket.Dispose();

    private void Greet()
    {
        SendAll("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8);
        Span<byte> settings = stackalloc byte[12];
        // No dynamic table; a window that no answer fills.
        BinaryPrimitives.WriteInt16BigEndian(settings, 1);
        BinaryPrimitives.WriteInt32BigEndian(settings[2..], 0);
        BinaryPrimitives.WriteInt16BigEndian(settings[6..], 4);
        BinaryPrimitives.WriteInt32BigEndian(settings[8..], StreamWindow);
        SendControl(FrameType.Settings, 0, settings);
        OpenWindow(ConnectionWindow - ushort.MaxValue);
    }

    private static Answer ReadAnswer(ReadOnlySpan<byte> payload) =>
        payload.Length >= GrpcHead && BinaryPrimitives.ReadInt32BigEndian(payload[1..]) == payload.Length - GrpcHead
            ? Answer.ReadResponse(payload[GrpcHead..])
            : throw new NotSupportedException("An answer came in several frames.");

    private ref Answer SlotOf(int stream) => ref _answers[(stream >> 1) & (MaxStreams - 1)];

    private void Obey(FrameType type, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        switch (type)
        {
            case FrameType.Settings when (flags & 1) == 0:
                SendControl(FrameType.Settings, 1, []);
                break;
            case FrameType.Ping when (flags & 1) == 0:
                SendControl(FrameType.Ping, 1, payload);
                break;
            // That of a stream does not matter: its call has been sent whole.
            case FrameType.WindowUpdate when stream == 0:
                Interlocked.Add(ref _sendWindow, BinaryPrimitives.ReadInt32BigEndian(payload));
                break;
            case FrameType.Reset or FrameType.GoAway:
                throw new InvalidOperationException($"The server ended it: {type} {BinaryPrimitives.ReadInt32BigEndian(payload[^4..])}.");
        }
    }

    /// <summary>Why a call was not answered; null when all is well. A block that was read once and was good need not be read again.</summary>
    private string? ReadFate(ReadOnlySpan<byte> block, bool isEnd)
    {
        if (block.SequenceEqual(isEnd ? _goodTrailers : _goodHead))
        {
            return null;
        }

        var fate = Hpack.Read(block);
        if (!fate.IsGood || (isEnd && fate.GrpcStatus is null))
        {
            return $"{_question?.Path} was answered with HTTP {fate.Status ?? "200"}, gRPC {fate.GrpcStatus}: {fate.Message}";
        }

        _ = isEnd ? _goodTrailers = block.ToArray() : _goodHead = block.ToArray();
        return null;
    }

    private int PayloadLength() => BinaryPrimitives.ReadInt32BigEndian(_in.AsSpan(_inStart)) >>> 8;

    private void Fill(int needed)
    {
        if (_inStart == _inEnd)
        {
            (_inStart, _inEnd) = (0, 0);
        }
        else if (_inStart + needed > _in.Length)
        {
            _in.AsSpan(_inStart, _inEnd - _inStart).CopyTo(_in);
            (_inStart, _inEnd) = (0, _inEnd - _inStart);
        }

        while (_inEnd - _inStart < needed)
        {
            var count = _socket.Receive(_in.AsSpan(_inEnd));
            _inEnd += count > 0 ? count : throw new InvalidOperationException("The server closed the connection.");
        }
    }

    private void Acknowledge(int bytes)
    {
        _unacknowledged += bytes;
        if (_unacknowledged > ConnectionWindow / 2)
        {
            OpenWindow(_unacknowledged);
            _unacknowledged = 0;
        }
    }

    private void OpenWindow(int bytes)
    {
        Span<byte> payload = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(payload, bytes);
        SendControl(FrameType.WindowUpdate, 0, payload);
    }

    private void SendControl(FrameType type, byte flags, ReadOnlySpan<byte> payload)
    {
        Span<byte> frame = stackalloc byte[FrameHead + payload.Length];
        WriteHead(frame, type, flags, 0, payload.Length);
        payload.CopyTo(frame[FrameHead..]);
        lock (_writing)
        {
            SendAll(frame);
        }
    }

    private void WriteFrame(FrameType type, byte flags, int stream, int length)
    {
        WriteHead(_out.AsSpan(_outCount), type, flags, stream, length);
        _outCount += FrameHead;
    }

    private static void WriteHead(Span<byte> to, FrameType type, byte flags, int stream, int length)
    {
        BinaryPrimitives.WriteInt32BigEndian(to, length << 8);
        to[3] = (byte)type;
        to[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(to[5..], stream);
    }

    private void SendAll(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[_socket.Send(bytes)..];
        }
    }
}
