using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Belong.ConsentService.Database;
using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Cache;

/// <summary>
/// The cached form of the register: format byte, version (varint), then vendors, policy versions in their
/// recorded order and determinations, each record as JSON with its length; CRC-32C.
/// </summary>
public static class RegisterValue
{
    public const byte Format = 1;

    private const string Subject = "register";
    private const int ScratchBytes = 1024;

    private delegate T RecordReader<out T>(ReadOnlySpan<byte> utf8);

    internal static byte[] Encode(RegisterRecords records)
    {
        var writer = new ValueWriter(stackalloc byte[ScratchBytes]);
        writer.WriteByte(Format);
        writer.WriteVarint((ulong)records.Version);
        WriteAll(ref writer, records.Vendors, FactsJson.Write);
        WriteAll(ref writer, records.PolicyVersions, FactsJson.Write);
        WriteAll(ref writer, records.Determinations, FactsJson.Write);
        return writer.Seal(Subject);
    }

    /// <summary>
    /// Stands for a register that cannot be read: never decodes, and displaces the older one, so that no
    /// check goes on answering from what is known to be out of date.
    /// </summary>
    internal static byte[] EncodeUnreadable(long version)
    {
        var writer = new ValueWriter(stackalloc byte[ScratchBytes]);
        writer.WriteByte(Format);
        writer.WriteVarint((ulong)version);
        // One vendor, and nothing of it.
        writer.WriteVarint(1);
        return writer.Seal(Subject);
    }

    /// <summary>The version of a value that is as a writer made it, whether or not a register can be read from it.</summary>
    internal static bool TryReadVersion(ReadOnlySpan<byte> value, out long version) =>
        SealedValue.TryReadVersion(Subject, Format, value, out version);

    /// <summary>False for anything but a whole, undamaged value.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> value, [NotNullWhen(true)] out Register? register)
    {
        register = null;
        if (value.IsEmpty || value[0] != Format || !Checksum.TryStrip(Subject, value, out var content))
        {
            return false;
        }

        try
        {
            return TryDecodeContent(content[1..], out register);
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            // A record that this version cannot read, or one twice.
            return false;
        }
    }

    private static bool TryDecodeContent(ReadOnlySpan<byte> content, [NotNullWhen(true)] out Register? register)
    {
        register = null;
        var reader = new ValueReader(content);
        var version = (long)reader.ReadVarint(long.MaxValue);
        var vendors = ReadAll(ref reader, FactsJson.ReadVendor);
        var policyVersions = ReadAll(ref reader, FactsJson.ReadPolicyVersion);
        var determinations = ReadAll(ref reader, FactsJson.ReadDetermination);
        if (reader.Failed || !reader.IsAtEnd)
        {
            return false;
        }

        register = new Register(version, vendors, policyVersions, determinations);
        return true;
    }

    private static void WriteAll<T>(ref ValueWriter writer, T[] records, Func<T, byte[]> write)
    {
        writer.WriteVarint((uint)records.Length);
        foreach (var record in records)
        {
            writer.WriteBlock(write(record));
        }
    }

    private static T[] ReadAll<T>(ref ValueReader reader, RecordReader<T> read)
    {
        var records = new T[reader.ReadCount(minElementBytes: 1)];
        for (var i = 0; i < records.Length && !reader.Failed; i++)
        {
            var block = reader.ReadBlock();
            if (!reader.Failed)
            {
                records[i] = read(block);
            }
        }

        return records;
    }
}
