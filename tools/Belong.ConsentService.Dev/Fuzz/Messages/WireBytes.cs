namespace Belong.ConsentService.Dev.Fuzz.Messages;

/// <summary>The wire format of protocol buffers, for saying what no message says.</summary>
internal static class WireBytes
{
    public const int Varint = 0;
    public const int LengthDelimited = 2;
    public const int StartGroup = 3;
    public const int EndGroup = 4;

    public static byte[] Tag(int field, int wireType) => Number(((ulong)(uint)field << 3) | (uint)wireType);

    public static byte[] Number(ulong value)
    {
        var bytes = new List<byte>();
        for (; value > 0x7F; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        bytes.Add((byte)value);
        return [.. bytes];
    }

    public static byte[] Field(int field, ReadOnlySpan<byte> value) => [.. Tag(field, LengthDelimited), .. Number((ulong)value.Length), .. value];

    public static byte[] Field(int field, ulong value) => [.. Tag(field, Varint), .. Number(value)];

    /// <summary>The message within itself, again and again, its lengths right.</summary>
    public static byte[] Nest(int field, int depth)
    {
        byte[] inner = [];
        for (var i = 0; i < depth; i++)
        {
            inner = Field(field, inner);
        }

        return inner;
    }

    public static byte[] Groups(int field, int depth, bool areClosed) =>
    [
        .. Enumerable.Repeat(Tag(field, StartGroup), depth).SelectMany(tag => tag),
        .. areClosed ? Enumerable.Repeat(Tag(field, EndGroup), depth).SelectMany(tag => tag) : [],
    ];

    /// <summary>Where each field of the outermost message begins and ends; what cannot be read is left out.</summary>
    public static List<(int Start, int Value, int End, int Field, int WireType)> Split(ReadOnlySpan<byte> message)
    {
        var fields = new List<(int, int, int, int, int)>();
        var at = 0;
        while (at < message.Length)
        {
            var start = at;
            if (!TryReadNumber(message, ref at, out var tag))
            {
                break;
            }

            var value = at;
            var end = (tag & 7) switch
            {
                0 => TryReadNumber(message, ref at, out _) ? at : -1,
                1 => at + 8,
                LengthDelimited => TryReadNumber(message, ref at, out var length) && length <= int.MaxValue ? (value = at) + (long)length : -1,
                5 => at + 4,
                _ => -1,
            };
            if (end < 0 || end > message.Length)
            {
                break;
            }

            at = (int)end;
            fields.Add((start, value, at, (int)(tag >> 3), (int)(tag & 7)));
        }

        return fields;
    }

    private static bool TryReadNumber(ReadOnlySpan<byte> bytes, ref int at, out ulong number)
    {
        number = 0;
        for (var shift = 0; at < bytes.Length && shift < 64; shift += 7)
        {
            var next = bytes[at++];
            number |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return true;
            }
        }

        return false;
    }
}
