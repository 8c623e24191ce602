using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Database;

/// <summary>
/// What a write returns and a check may demand: names the write by its transaction. Opaque to callers:
/// 42 bytes as base64url, the last seven a checksum. The form before, of 33 bytes without a time, is still read.
/// </summary>
/// <param name="Generation">Of the database that was written.</param>
/// <param name="Xid">The transaction that wrote.</param>
/// <param name="IsRegister">The register was written, else a member.</param>
/// <param name="SubjectHash"><see cref="HashOf"/> the member's id; 0 for the register and for an import.</param>
/// <param name="Version">Of the member or the register after the write; 0 for an import.</param>
/// <param name="RecordedAt">By the clock of the instance that wrote; 1970 when it is not told.</param>
public sealed record FactsToken(string Generation, ulong Xid, bool IsRegister, uint SubjectHash, long Version, Instant RecordedAt = default)
{
    private const byte Format = 2;
    private const int GenerationLength = 5;
    private const int BodyLength = 35;
    private const int Length = 42;
    private const int TextLength = 56;

    private const byte EarlierFormat = 1;
    private const int EarlierBodyLength = 27;
    private const int EarlierLength = 33;
    private const int EarlierTextLength = 44;

    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out FactsToken? token)
    {
        token = null;
        Span<byte> buffer = stackalloc byte[Length];
        var isEarlier = text.Length == EarlierTextLength;
        if ((!isEarlier && text.Length != TextLength)
            || Base64Url.DecodeFromChars(text, buffer, out _, out var written) != OperationStatus.Done || written != (isEarlier ? EarlierLength : Length))
        {
            return false;
        }

        ReadOnlySpan<byte> bytes = buffer[..written];
        var bodyLength = isEarlier ? EarlierBodyLength : BodyLength;
        Span<byte> checksum = stackalloc byte[Length - BodyLength];
        checksum = checksum[..(written - bodyLength)];
        Checksum(bytes[..bodyLength], checksum);
        if (!checksum.SequenceEqual(bytes[bodyLength..]) || bytes[0] != (isEarlier ? EarlierFormat : Format) || bytes[1] > 1)
        {
            return false;
        }

        token = new FactsToken(
            Encoding.ASCII.GetString(bytes.Slice(2, GenerationLength)),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[7..]),
            bytes[1] == 1,
            BinaryPrimitives.ReadUInt32BigEndian(bytes[15..]),
            BinaryPrimitives.ReadInt64BigEndian(bytes[19..]),
            isEarlier ? default : new Instant(BinaryPrimitives.ReadInt64BigEndian(bytes[27..])));
        return true;
    }

    /// <summary>A stable hash (FNV-1a) of a member's id.</summary>
    public static uint HashOf(ReadOnlySpan<char> memberId)
    {
        var hash = 2166136261u;
        foreach (var character in memberId)
        {
            hash = (hash ^ character) * 16777619u;
        }

        return hash;
    }

    public static FactsToken ForMember(string generation, ulong xid, string memberId, long version, Instant recordedAt = default) =>
        new(generation, xid, false, HashOf(memberId), version, recordedAt);

    public override string ToString()
    {
        if (Generation.Length != GenerationLength)
        {
            throw new InvalidOperationException($"the generation '{Generation}' is not {GenerationLength} characters long");
        }

        Span<byte> bytes = stackalloc byte[Length];
        bytes[0] = Format;
        bytes[1] = IsRegister ? (byte)1 : (byte)0;
        Encoding.ASCII.GetBytes(Generation, bytes[2..]);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[7..], Xid);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[15..], SubjectHash);
        BinaryPrimitives.WriteInt64BigEndian(bytes[19..], Version);
        BinaryPrimitives.WriteInt64BigEndian(bytes[27..], RecordedAt.UnixNanoseconds);
        Checksum(bytes[..BodyLength], bytes[BodyLength..]);
        return Base64Url.EncodeToString(bytes);
    }

    private static void Checksum(ReadOnlySpan<byte> body, Span<byte> checksum)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(body, hash);
        hash[..checksum.Length].CopyTo(checksum);
    }
}
