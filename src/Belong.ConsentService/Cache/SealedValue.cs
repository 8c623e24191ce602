namespace Belong.ConsentService.Cache;

/// <summary>What all cached values have in common: a format byte, a version, and a checksum at the end.</summary>
internal static class SealedValue
{
    /// <summary>False for anything but an undamaged value of this subject in this format.</summary>
    public static bool TryReadVersion(ReadOnlySpan<char> subject, byte format, ReadOnlySpan<byte> value, out long version)
    {
        version = 0;
        if (value.IsEmpty || value[0] != format || !Checksum.TryStrip(subject, value, out var content))
        {
            return false;
        }

        var reader = new ValueReader(content[1..]);
        version = (long)reader.ReadVarint(long.MaxValue);
        return !reader.Failed;
    }
}
