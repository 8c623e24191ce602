using System.Buffers.Binary;

namespace Belong.ConsentService.Dev.Fuzz.Wire;

/// <summary>Types of frames (RFC 9113).</summary>
internal enum FrameType : byte
{
    Data = 0,
    Headers = 1,
    Priority = 2,
    Reset = 3,
    Settings = 4,
    PushPromise = 5,
    Ping = 6,
    GoAway = 7,
    WindowUpdate = 8,
    Continuation = 9,
}

/// <summary>Frames as bytes, right or wrong.</summary>
internal static class Frame
{
    public const int HeadBytes = 9;
    public const int MaxPayloadBytes = 16_384;
    public const byte EndStream = 1;
    public const byte Acknowledged = 1;
    public const byte EndHeaders = 4;
    public const byte Padded = 8;
    public const byte WithPriority = 0x20;

    public static byte[] Preface { get; } = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray();

    public static byte[] Write(FrameType type, byte flags, int stream, ReadOnlySpan<byte> payload) => WriteSaying(payload.Length, type, flags, stream, payload);

    /// <summary>The head may lie about the length.</summary>
    public static byte[] WriteSaying(int length, FrameType type, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        var frame = new byte[HeadBytes + payload.Length];
        WriteHead(frame, length, type, flags, stream);
        payload.CopyTo(frame.AsSpan(HeadBytes));
        return frame;
    }

    public static void WriteHead(Span<byte> to, int length, FrameType type, byte flags, int stream)
    {
        BinaryPrimitives.WriteInt32BigEndian(to, length << 8);
        to[3] = (byte)type;
        to[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(to[5..], stream);
    }

    public static byte[] Number(uint value)
    {
        var payload = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(payload, value);
        return payload;
    }

    public static byte[] Settings(params (ushort Name, uint Value)[] settings)
    {
        var payload = new byte[6 * settings.Length];
        for (var i = 0; i < settings.Length; i++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(payload.AsSpan(6 * i), settings[i].Name);
            BinaryPrimitives.WriteUInt32BigEndian(payload.AsSpan((6 * i) + 2), settings[i].Value);
        }

        return Write(FrameType.Settings, 0, 0, payload);
    }
}
