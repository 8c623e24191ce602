using System.Buffers.Binary;
using System.Numerics;

namespace Belong.ConsentService.Cache;

/// <summary>
/// CRC-32C over what a value is about and what it holds, so that neither a flipped bit nor a value
/// under another's key is ever taken for facts.
/// </summary>
internal static class Checksum
{
    public const int Bytes = 4;

    public static uint Compute(ReadOnlySpan<char> subject, ReadOnlySpan<byte> content)
    {
        var crc = uint.MaxValue;
        foreach (var character in subject)
        {
            crc = BitOperations.Crc32C(crc, (ushort)character);
        }

        for (; content.Length >= sizeof(ulong); content = content[sizeof(ulong)..])
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(content));
        }

        foreach (var part in content)
        {
            crc = BitOperations.Crc32C(crc, part);
        }

        return ~crc;
    }

    /// <summary>The content without the checksum at its end; false when it does not fit.</summary>
    public static bool TryStrip(ReadOnlySpan<char> subject, ReadOnlySpan<byte> value, out ReadOnlySpan<byte> content)
    {
        content = default;
        if (value.Length <= Bytes)
        {
            return false;
        }

        content = value[..^Bytes];
        return BinaryPrimitives.ReadUInt32LittleEndian(value[^Bytes..]) == Compute(subject, content);
    }
}
