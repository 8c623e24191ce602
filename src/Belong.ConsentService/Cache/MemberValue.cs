using Belong.ConsentService.Database;
using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Cache;

/// <summary>
/// The cached form of one member: format byte, version (varint), kinds present (varint), the kinds, CRC-32C
/// with the member's id. In every format the version follows the first byte, so that writers of
/// different formats can compare versions. Ids of records are left out: no rule reads them.
/// </summary>
public static class MemberValue
{
    public const byte Format = 1;

    private const int ScratchBytes = 512;

    /// <summary>The value of a member; <paramref name="facts"/> null says that there is no such member.</summary>
    public static byte[] Encode(string id, MemberFacts? facts)
    {
        if (facts is { Version: <= 0 })
        {
            throw new ArgumentException("facts have a version from 1 on", nameof(facts));
        }

        var writer = new ValueWriter(stackalloc byte[ScratchBytes]);
        writer.WriteByte(Format);
        writer.WriteVarint(facts is null ? 0 : (ulong)facts.Version);
        if (facts is null)
        {
            writer.WriteVarint(0);
        }
        else
        {
            MemberFactsWriter.Write(ref writer, facts);
        }

        return writer.Seal(id);
    }

    /// <summary>
    /// Stands for facts that could not be put into a value: never decodes, and displaces the older value,
    /// so that no check goes on answering from what is known to be out of date.
    /// </summary>
    public static byte[] EncodeUnreadable(string id, long version)
    {
        var writer = new ValueWriter(stackalloc byte[ScratchBytes]);
        writer.WriteByte(Format);
        writer.WriteVarint((ulong)version);
        writer.WriteVarint((ulong)MemberKinds.Unreadable);
        return writer.Seal(id);
    }

    /// <summary>Stands in the place of a value while one that may fill it reads PostgreSQL: never decodes, and is like no other.</summary>
    internal static byte[] EncodeReservation(string id)
    {
        var writer = new ValueWriter(stackalloc byte[ScratchBytes]);
        writer.WriteByte(Format);
        writer.WriteVarint(0);
        writer.WriteVarint((ulong)MemberKinds.Unreadable);
        writer.WriteBlock(Guid.NewGuid().ToByteArray());
        return writer.Seal(id);
    }

    internal static bool IsReservation(string id, ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty || value[0] != Format || !Checksum.TryStrip(id, value, out var content))
        {
            return false;
        }

        var reader = new ValueReader(content[1..]);
        return reader.ReadVarint(long.MaxValue) == 0 && reader.ReadVarint((ulong)MemberKinds.All) == (ulong)MemberKinds.Unreadable
            && !reader.Failed && !reader.IsAtEnd;
    }

    /// <summary>The value of a row: facts that cannot be read give what stands for them, and the reason.</summary>
    internal static byte[] EncodeRow(string id, long version, byte[] facts, out Exception? fault)
    {
        try
        {
            fault = null;
            return Encode(id, FactsJson.ReadMember(facts, version));
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            fault = e;
            return EncodeUnreadable(id, version);
        }
    }

    /// <summary>The version of a value that is as a writer made it for this member, whether or not facts can be read from it.</summary>
    internal static bool TryReadVersion(string id, ReadOnlySpan<byte> value, out long version) =>
        SealedValue.TryReadVersion(id, Format, value, out version);

    /// <summary>
    /// False for anything but a whole, undamaged value of this member. True with null facts: there is no
    /// such member.
    /// </summary>
    public static bool TryDecode(string id, ReadOnlySpan<byte> value, out MemberFacts? facts)
    {
        facts = null;
        if (value.IsEmpty || value[0] != Format || !Checksum.TryStrip(id, value, out var content))
        {
            return false;
        }

        return TryDecodeContent(content[1..], out facts);
    }

    /// <summary>The part after the format byte; apart from the checksum so that the bounds checks can be tried alone.</summary>
    internal static bool TryDecodeContent(ReadOnlySpan<byte> content, out MemberFacts? facts)
    {
        facts = null;
        var reader = new ValueReader(content);
        var version = (long)reader.ReadVarint(long.MaxValue);
        var kinds = (MemberKinds)reader.ReadVarint((ulong)MemberKinds.All);
        if (version == 0)
        {
            return !reader.Failed && reader.IsAtEnd && kinds == MemberKinds.None;
        }

        var read = MemberFactsReader.Read(ref reader, version, kinds);
        if (reader.Failed || !reader.IsAtEnd)
        {
            return false;
        }

        facts = read;
        return true;
    }
}
