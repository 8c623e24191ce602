using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Belong.ConsentService.Feed;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Audience;

/// <summary>
/// Up to where a list was judged, or a watch has told. Opaque to callers: base64url of its parts, of which the last eight
/// bytes are a checksum.
/// </summary>
/// <param name="Generation">Of the database.</param>
/// <param name="Snapshot">Every change of a member that it sees is in the verdicts.</param>
/// <param name="At">The verdicts are of this instant or later, by the clock of the instance.</param>
/// <param name="Register">What the question could read of the register then.</param>
public sealed record ListPosition(string Generation, SnapshotCursor Snapshot, Instant At, RegisterSeen Register)
{
    private const byte Format = 1;
    private const int GenerationLength = 5;
    private const int HeadLength = 1 + GenerationLength + sizeof(long) + sizeof(ulong);
    private const int ChecksumLength = 8;
    private const int MaxNumberLength = 10;

    /// <summary>More transactions in progress are not named: then all from the first of them on count as not seen.</summary>
    private const int MaxInProgress = 2_000;

    private const int MaxLength = HeadLength + ((4 + MaxInProgress) * MaxNumberLength) + ChecksumLength;

    /// <summary>The longest text of a position.</summary>
    public const int MaxTextLength = ((MaxLength * 4) + 2) / 3;

    /// <summary>What judges from here on must include.</summary>
    public FactsCover ToCover() => new(Generation, Snapshot, Register.Version);

    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out ListPosition? position)
    {
        position = null;
        var bytes = new byte[MaxLength];
        if (text.Length > MaxTextLength || Base64Url.DecodeFromChars(text, bytes, out _, out var length) != OperationStatus.Done || length < HeadLength + ChecksumLength)
        {
            return false;
        }

        var body = bytes.AsSpan(0, length - ChecksumLength);
        Span<byte> checksum = stackalloc byte[ChecksumLength];
        Checksum(body, checksum);
        if (!checksum.SequenceEqual(bytes.AsSpan(body.Length, ChecksumLength)) || !TryReadBody(body, out var read) || !text.SequenceEqual(read.ToString()))
        {
            return false;
        }

        position = read;
        return true;
    }

    public override string ToString()
    {
        if (Generation.Length != GenerationLength)
        {
            throw new InvalidOperationException($"the generation '{Generation}' is not {GenerationLength} characters long");
        }

        var bytes = new byte[MaxLength];
        bytes[0] = Format;
        Encoding.ASCII.GetBytes(Generation, bytes.AsSpan(1));
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(1 + GenerationLength), At.UnixNanoseconds);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(1 + GenerationLength + sizeof(long)), Register.Print);
        var end = WriteNumbers(bytes);
        Checksum(bytes.AsSpan(0, end), bytes.AsSpan(end, ChecksumLength));
        return Base64Url.EncodeToString(bytes.AsSpan(0, end + ChecksumLength));
    }

    private int WriteNumbers(byte[] bytes)
    {
        var isNamed = Snapshot.InProgress.Length <= MaxInProgress;
        var end = WriteNumber(bytes, HeadLength, (ulong)Register.Version);
        end = WriteNumber(bytes, end, Snapshot.Xmin);
        end = WriteNumber(bytes, end, isNamed ? Snapshot.Xmax - Snapshot.Xmin : 0);
        end = WriteNumber(bytes, end, isNamed ? (ulong)Snapshot.InProgress.Length : 0);
        var previous = Snapshot.Xmin;
        foreach (var xid in isNamed ? Snapshot.InProgress : [])
        {
            end = WriteNumber(bytes, end, xid - previous);
            previous = xid;
        }

        return end;
    }

    private static bool TryReadBody(ReadOnlySpan<byte> body, [NotNullWhen(true)] out ListPosition? position)
    {
        position = null;
        var generation = body.Slice(1, GenerationLength);
        var numbers = body[HeadLength..];
        if (body[0] != Format || generation.ContainsAnyExceptInRange((byte)' ', (byte)'~')
            || !TryReadNumber(ref numbers, out var version) || version > long.MaxValue || !TryReadSnapshot(ref numbers, out var snapshot) || numbers.Length > 0)
        {
            return false;
        }

        var at = new Instant(BinaryPrimitives.ReadInt64BigEndian(body[(1 + GenerationLength)..]));
        var print = BinaryPrimitives.ReadUInt64BigEndian(body[(1 + GenerationLength + sizeof(long))..]);
        position = new ListPosition(Encoding.ASCII.GetString(generation), snapshot, at, new RegisterSeen((long)version, print));
        return true;
    }

    /// <summary>What is no snapshot comes out as one that cannot be made.</summary>
    private static bool TryReadSnapshot(ref ReadOnlySpan<byte> numbers, [NotNullWhen(true)] out SnapshotCursor? snapshot)
    {
        snapshot = null;
        if (!TryReadNumber(ref numbers, out var xmin) || !TryReadNumber(ref numbers, out var span) || !TryReadNumber(ref numbers, out var count) || count > MaxInProgress)
        {
            return false;
        }

        var inProgress = new ulong[(int)count];
        var previous = xmin;
        for (var i = 0; i < inProgress.Length; i++)
        {
            if (!TryReadNumber(ref numbers, out var step))
            {
                return false;
            }

            previous = unchecked(previous + step);
            inProgress[i] = previous;
        }

        return SnapshotCursor.TryCreate(xmin, unchecked(xmin + span), inProgress, out snapshot);
    }

    /// <summary>Seven bits in a byte, the lowest first; all bytes but the last have the eighth.</summary>
    private static int WriteNumber(Span<byte> bytes, int at, ulong number)
    {
        for (; number > 0x7F; number >>= 7)
        {
            bytes[at++] = (byte)(number | 0x80);
        }

        bytes[at++] = (byte)number;
        return at;
    }

    private static bool TryReadNumber(ref ReadOnlySpan<byte> bytes, out ulong number)
    {
        number = 0;
        for (var i = 0; i < bytes.Length && i < MaxNumberLength; i++)
        {
            number |= (ulong)(bytes[i] & 0x7F) << (7 * i);
            if (bytes[i] <= 0x7F)
            {
                bytes = bytes[(i + 1)..];
                return true;
            }
        }

        return false;
    }

    private static void Checksum(ReadOnlySpan<byte> body, Span<byte> checksum)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(body, hash);
        hash[..ChecksumLength].CopyTo(checksum);
    }
}

/// <summary>What a question could read of the register at some time.</summary>
/// <param name="Version">Of the register.</param>
/// <param name="Print"><see cref="RegisterReach.Print"/> of what it could read; 0 when it was not known.</param>
public readonly record struct RegisterSeen(long Version, ulong Print)
{
    /// <summary>
    /// True when nothing that the question reads has changed until <paramref name="later"/>. With one version or more in
    /// between, something may have been recorded, judged by, and taken back.
    /// </summary>
    public bool IsUnchangedIn(RegisterSeen later) => Print != 0 && Print == later.Print && later.Version - Version is 0 or 1;
}
