using System.Text;
using System.Text.Unicode;
using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Cache;

/// <summary>
/// Reads what <see cref="ValueWriter"/> wrote. Never throws: whatever is malformed sets
/// <see cref="Failed"/>, and from then on every read gives a default.
/// </summary>
internal ref struct ValueReader(ReadOnlySpan<byte> rest)
{
    private const long EpochUnixSeconds = 946_684_800; // 2000-01-01
    private const long MaxSeconds = 9_000_000_000; // well inside what an instant can hold
    private const uint MaxNanoseconds = 999_999_999;

    private const int MaxSharedBytes = 16;
    private const int SharedCount = 64;

    /// <summary>
    /// Texts read last, on each thread: most values name the same few policy versions, recipients and purposes, and
    /// these need no text of their own.
    /// </summary>
    [ThreadStatic]
    private static string?[]? _shared;

    private ReadOnlySpan<byte> _rest = rest;

    public bool Failed { get; private set; }

    public readonly bool IsAtEnd => _rest.IsEmpty;

    public void Fail()
    {
        Failed = true;
        _rest = default;
    }

    public byte ReadByte()
    {
        if (_rest.IsEmpty)
        {
            Fail();
            return 0;
        }

        var value = _rest[0];
        _rest = _rest[1..];
        return value;
    }

    /// <summary>A byte that is one of the values from <paramref name="min"/> to <paramref name="max"/>.</summary>
    public byte ReadByte(byte min, byte max)
    {
        var value = ReadByte();
        if (value < min || value > max)
        {
            Fail();
        }

        return value;
    }

    public ulong ReadVarint(ulong max)
    {
        ulong value = 0;
        for (var i = 0; i < 10 && i < _rest.Length; i++)
        {
            var part = _rest[i];
            if (i == 9 && part > 1)
            {
                break;
            }

            value |= (ulong)(part & 0x7F) << (7 * i);
            if (part < 0x80)
            {
                _rest = _rest[(i + 1)..];
                return value <= max ? value : FailWithZero();
            }
        }

        return FailWithZero();
    }

    /// <summary>A number of elements, never more than the bytes left could hold.</summary>
    public int ReadCount(int minElementBytes)
    {
        var count = ReadVarint(int.MaxValue);
        return count * (ulong)minElementBytes <= (ulong)_rest.Length ? (int)count : (int)FailWithZero();
    }

    public string ReadString() => ReadText((int)ReadVarint(int.MaxValue));

    public string? ReadOptionalString()
    {
        var length = (int)ReadVarint(int.MaxValue);
        return length == 0 ? null : ReadText(length - 1);
    }

    public Instant? ReadInstant()
    {
        var head = ReadVarint(ulong.MaxValue);
        if (head == 0)
        {
            return null;
        }

        head--;
        var zigzag = head >> 1;
        var seconds = (long)(zigzag >> 1) ^ -(long)(zigzag & 1);
        var nanoseconds = (head & 1) == 0 ? 0 : (int)ReadVarint(MaxNanoseconds);
        seconds += EpochUnixSeconds;
        if (seconds is < -MaxSeconds or > MaxSeconds)
        {
            Fail();
            return null;
        }

        return Instant.FromUnix(seconds, nanoseconds);
    }

    /// <summary>A length and as many bytes.</summary>
    public ReadOnlySpan<byte> ReadBlock()
    {
        var length = (int)ReadVarint(int.MaxValue);
        if (length > _rest.Length)
        {
            Fail();
            return default;
        }

        var block = _rest[..length];
        _rest = _rest[length..];
        return block;
    }

    private string ReadText(int length)
    {
        if (length > _rest.Length || !Utf8.IsValid(_rest[..length]))
        {
            Fail();
            return "";
        }

        var text = length is > 0 and <= MaxSharedBytes ? Share(_rest[..length]) : Encoding.UTF8.GetString(_rest[..length]);
        _rest = _rest[length..];
        return text;
    }

    private static string Share(ReadOnlySpan<byte> utf8)
    {
        var shared = _shared ??= new string?[SharedCount];
        ref var known = ref shared[(utf8[0] + (utf8[^1] * 7) + (utf8.Length * 31)) % SharedCount];
        return known is not null && Ascii.Equals(utf8, known) ? known : known = Encoding.UTF8.GetString(utf8);
    }

    private ulong FailWithZero()
    {
        Fail();
        return 0;
    }
}
