using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Belong.ConsentService.Dev.Bench.Load;

namespace Belong.ConsentService.Dev.Fuzz.Wire;

/// <summary>
/// One HTTP/2 connection that speaks properly and carries requests that do not: any headers, any bytes. One thread uses
/// it; it blocks while it waits.
/// </summary>
internal sealed class RawConnection : IDisposable
{
    private const int ConnectionWindow = 1 << 30;
    private const int StreamWindow = 1 << 24;
    private const int DefaultWindow = 65_535;
    private const int KeptBodyBytes = 64 * 1024;
    private const ushort HeaderTableSize = 1;
    private const ushort InitialWindowSize = 4;

    private readonly FrameStream _frames;
    private readonly Dictionary<int, RawCall> _calls = [];
    private long _sendWindow = DefaultWindow;
    private long _streamWindow = DefaultWindow;
    private int _lastStream = -1;
    private int _unacknowledged;

    private RawConnection(FrameStream frames) => _frames = frames;

    /// <summary>False once the server has ended it or nothing came in time.</summary>
    public bool IsOpen { get; private set; } = true;

    public int UnderWay => _calls.Count;

    /// <summary>Called for each call that has ended.</summary>
    public Action<RawCall> Ended { get; set; } = _ => { };

    public static RawConnection Open(IPEndPoint address, TimeSpan patience)
    {
        var frames = FrameStream.Connect(address, patience);
        frames.Write(Frame.Preface);
        // No dynamic table on the server's side; windows that no answer fills.
        frames.Write(Frame.Settings((HeaderTableSize, 0), (InitialWindowSize, StreamWindow)));
        frames.Write(Frame.Write(FrameType.WindowUpdate, 0, 0, Frame.Number(ConnectionWindow - DefaultWindow)));
        return new RawConnection(frames);
    }

    public void Begin(RawCall call, ReadOnlySpan<byte> headerBlock, bool isEnd)
    {
        call.Stream = _lastStream += 2;
        call.SendWindow = _streamWindow;
        _calls[call.Stream] = call;
        var first = headerBlock[..Math.Min(headerBlock.Length, Frame.MaxPayloadBytes)];
        var left = headerBlock[first.Length..];
        _frames.WriteFrame(FrameType.Headers, (byte)((isEnd ? Frame.EndStream : 0) | (left.IsEmpty ? Frame.EndHeaders : 0)), call.Stream, first);
        while (!left.IsEmpty)
        {
            var next = left[..Math.Min(left.Length, Frame.MaxPayloadBytes)];
            left = left[next.Length..];
            _frames.WriteFrame(FrameType.Continuation, left.IsEmpty ? Frame.EndHeaders : (byte)0, call.Stream, next);
        }
    }

    /// <summary>Sends bytes of a body as the windows allow; stops when the call has ended meanwhile.</summary>
    public void Send(RawCall call, ReadOnlySpan<byte> body, bool isEnd)
    {
        do
        {
            while (!body.IsEmpty && Math.Min(_sendWindow, call.SendWindow) <= 0 && !call.IsEnded && IsOpen)
            {
                Pump();
            }

            if (call.IsEnded || !IsOpen)
            {
                return;
            }

            var count = body.IsEmpty ? 0 : (int)Math.Min(Math.Min(body.Length, Frame.MaxPayloadBytes), Math.Min(_sendWindow, call.SendWindow));
            var piece = body[..count];
            body = body[count..];
            _sendWindow -= count;
            call.SendWindow -= count;
            _frames.WriteFrame(FrameType.Data, isEnd && body.IsEmpty ? Frame.EndStream : (byte)0, call.Stream, piece);
        }
        while (!body.IsEmpty);
    }

    public void GiveUp(RawCall call, uint code)
    {
        if (!call.IsEnded)
        {
            _frames.WriteFrame(FrameType.Reset, 0, call.Stream, Frame.Number(code));
            End(call, Ending.GivenUp);
        }
    }

    /// <summary>Reads one frame, and first sends what waits. Ends all calls when there is none to be read any more.</summary>
    public void Pump()
    {
        if (!_frames.TryRead(out var type, out var flags, out var stream, out var payload))
        {
            IsOpen = false;
            foreach (var call in _calls.Values.ToArray())
            {
                End(call, _frames.IsSilent ? Ending.Silent : Ending.Closed);
            }

            return;
        }

        Take(type, flags, stream, payload);
    }

    public void Dispose() => _frames.Dispose();

    private void Take(FrameType type, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        _calls.TryGetValue(stream, out var call);
        switch (type)
        {
            case FrameType.Settings when (flags & Frame.Acknowledged) == 0:
                TakeSettings(payload);
                break;
            case FrameType.Ping when (flags & Frame.Acknowledged) == 0:
                _frames.WriteFrame(FrameType.Ping, Frame.Acknowledged, 0, payload);
                break;
            case FrameType.WindowUpdate when stream == 0:
                _sendWindow += BinaryPrimitives.ReadInt32BigEndian(payload);
                break;
            case FrameType.WindowUpdate when call is not null:
                call.SendWindow += BinaryPrimitives.ReadInt32BigEndian(payload);
                break;
            case FrameType.Headers when call is not null:
                TakeHead(call, payload);
                break;
            case FrameType.Data:
                TakeBody(call, payload);
                break;
            case FrameType.Reset when call is not null:
                End(call, Ending.Reset);
                return;
        }

        if (call is not null && type is FrameType.Headers or FrameType.Data && (flags & Frame.EndStream) != 0)
        {
            End(call, Ending.Answered);
        }
    }

    private void TakeSettings(ReadOnlySpan<byte> payload)
    {
        for (; payload.Length >= 6; payload = payload[6..])
        {
            if (BinaryPrimitives.ReadUInt16BigEndian(payload) == InitialWindowSize)
            {
                var window = BinaryPrimitives.ReadUInt32BigEndian(payload[2..]);
                foreach (var call in _calls.Values)
                {
                    call.SendWindow += window - _streamWindow;
                }

                _streamWindow = window;
            }
        }

        _frames.WriteFrame(FrameType.Settings, Frame.Acknowledged, 0, []);
    }

    private static void TakeHead(RawCall call, ReadOnlySpan<byte> block)
    {
        call.Heads.Add(block.ToArray());
        var fate = Hpack.Read(block);
        call.HttpStatus ??= fate.Status;
        call.GrpcStatus ??= fate.GrpcStatus;
        call.Message ??= fate.Message;
    }

    private void TakeBody(RawCall? call, ReadOnlySpan<byte> piece)
    {
        if (call is not null)
        {
            if (call.BodyBytes < KeptBodyBytes)
            {
                call.Body.Add(piece.ToArray());
            }

            call.BodyBytes += piece.Length;
        }

        _unacknowledged += piece.Length;
        if (_unacknowledged > ConnectionWindow / 2)
        {
            _frames.WriteFrame(FrameType.WindowUpdate, 0, 0, Frame.Number((uint)_unacknowledged));
            _unacknowledged = 0;
        }
    }

    private void End(RawCall call, Ending ending)
    {
        _calls.Remove(call.Stream);
        call.Ending = ending;
        Ended(call);
    }
}
