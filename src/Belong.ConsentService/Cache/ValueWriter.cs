using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Cache;

/// <summary>Writes the compact primitives of cached values: varints, strings and instants.</summary>
internal ref struct ValueWriter(Span<byte> scratch)
{
    private const long EpochUnixSeconds = 946_684_800; // 2000-01-01

    private Span<byte> _buffer = scratch;
    private byte[]? _rented;
    private int _length;

    public readonly ReadOnlySpan<byte> Written => _buffer[.._length];

    public void WriteByte(byte value)
    {
        Reserve(1);
        _buffer[_length++] = value;
    }

    public void WriteVarint(ulong value)
    {
        Reserve(10);
        for (; value >= 0x80; value >>= 7)
        {
            _buffer[_length++] = (byte)(value | 0x80);
        }

        _buffer[_length++] = (byte)value;
    }

    /// <summary>The length and the bytes.</summary>
    public void WriteBlock(ReadOnlySpan<byte> bytes)
    {
        WriteVarint((uint)bytes.Length);
        Reserve(bytes.Length);
        bytes.CopyTo(_buffer[_length..]);
        _length += bytes.Length;
    }

    public void WriteString(string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        WriteVarint((uint)length);
        Reserve(length);
        _length += Encoding.UTF8.GetBytes(text, _buffer[_length..]);
    }

    /// <summary>One byte 0 for null; the string with its length plus one otherwise.</summary>
    public void WriteOptionalString(string? text)
    {
        if (text is null)
        {
            WriteByte(0);
            return;
        }

        var length = Encoding.UTF8.GetByteCount(text);
        WriteVarint((uint)length + 1);
        Reserve(length);
        _length += Encoding.UTF8.GetBytes(text, _buffer[_length..]);
    }

    /// <summary>0 for null; else the seconds since 2000 (zigzag) with a low bit that tells of nanoseconds, plus one.</summary>
    public void WriteInstant(Instant? value)
    {
        if (value is not { } instant)
        {
            WriteByte(0);
            return;
        }

        var seconds = instant.UnixSeconds - EpochUnixSeconds;
        var zigzag = (ulong)((seconds << 1) ^ (seconds >> 63));
        var nanoseconds = instant.Nanoseconds;
        WriteVarint(((zigzag << 1) | (nanoseconds == 0 ? 0UL : 1UL)) + 1);
        if (nanoseconds != 0)
        {
            WriteVarint((uint)nanoseconds);
        }
    }

    /// <summary>What was written and its checksum, as an array of its own; ends the writer.</summary>
    public byte[] Seal(ReadOnlySpan<char> subject)
    {
        var value = new byte[_length + Checksum.Bytes];
        Written.CopyTo(value);
        BinaryPrimitives.WriteUInt32LittleEndian(value.AsSpan(_length), Checksum.Compute(subject, Written));
        Release();
        return value;
    }

    private void Release()
    {
        if (_rented is not null)
        {
            ArrayPool<byte>.Shared.Return(_rented);
            _rented = null;
        }
    }

    private void Reserve(int count)
    {
        if (_buffer.Length - _length >= count)
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_buffer.Length * 2, _length + count));
        Written.CopyTo(larger);
        Release();
        _rented = larger;
        _buffer = larger;
    }
}
