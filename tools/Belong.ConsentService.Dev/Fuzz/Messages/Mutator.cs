namespace Belong.ConsentService.Dev.Fuzz.Messages;

/// <summary>Spoils the bytes of a message: blindly, or field by field with the lengths around them put right.</summary>
internal static class Mutator
{
    private const int MaxRounds = 3;
    private const int MaxBytes = 64 * 1024;
    private const int MaxInserted = 16;

    public static byte[] Spoil(byte[] message, byte[] other, Random random)
    {
        for (var rounds = 1 + random.Next(MaxRounds); rounds > 0 && message.Length < MaxBytes; rounds--)
        {
            message = random.Next(2) == 0 ? SpoilBytes(message, other, random) : SpoilField(message, random);
        }

        return message;
    }

    private static byte[] SpoilBytes(byte[] message, byte[] other, Random random)
    {
        var (from, to) = (random.Next(message.Length + 1), random.Next(message.Length + 1));
        (from, to) = (Math.Min(from, to), Math.Max(from, to));
        switch (random.Next(8))
        {
            case 0 when message.Length > 0:
                var flipped = (byte[])message.Clone();
                flipped[random.Next(flipped.Length)] ^= (byte)(1 << random.Next(8));
                return flipped;
            case 1 when message.Length > 0:
                var replaced = (byte[])message.Clone();
                replaced[random.Next(replaced.Length)] = (byte)random.Next(256);
                return replaced;
            case 2:
                return [.. message[..from], .. message[to..]];
            case 3:
                return [.. message[..to], .. message[from..]];
            case 4:
                return [.. message[..from], .. HostileValues.Bytes(random, random.Next(MaxInserted)), .. message[from..]];
            case 5:
                return message[..from];
            case 6:
                return [.. message[..from], .. other[random.Next(other.Length + 1)..]];
            default:
                return [.. message[..from], .. WireBytes.Number((ulong)HostileValues.Number(random)), .. message[from..]];
        }
    }

    private static byte[] SpoilField(byte[] message, Random random)
    {
        var fields = WireBytes.Split(message);
        if (fields.Count == 0)
        {
            return [.. message, .. Unknown(random)];
        }

        var (start, value, end, field, wireType) = fields[random.Next(fields.Count)];
        byte[] content = message[value..end];
        byte[] changed = random.Next(10) switch
        {
            // Deeper, if it is a message; a text is spoilt likewise.
            0 or 1 or 2 when wireType == WireBytes.LengthDelimited => WireBytes.Field(field, SpoilField(content, random)),
            3 => [],
            4 => [.. Enumerable.Repeat(message[start..end], 1 + random.Next(random.Next(50) == 0 ? 3_000 : 20)).SelectMany(copy => copy)],
            5 => WireBytes.Field(field, HostileValues.BadText(random)),
            6 => WireBytes.Field(field, System.Text.Encoding.UTF8.GetBytes(HostileValues.Text(random))),
            7 => WireBytes.Field(field, (ulong)HostileValues.Number(random)),
            8 => [.. WireBytes.Tag(field, random.Next(8)), .. content],
            9 => [.. WireBytes.Tag(field, WireBytes.LengthDelimited), .. WireBytes.Number((ulong)HostileValues.Number(random)), .. content],
            _ => [.. message[start..end], .. Unknown(random)],
        };
        return [.. message[..start], .. changed, .. message[end..]];
    }

    /// <summary>What the contract does not know.</summary>
    private static byte[] Unknown(Random random) => random.Next(7) switch
    {
        0 => WireBytes.Field(1 + random.Next(20_000), HostileValues.Bytes(random, random.Next(200))),
        1 => WireBytes.Field(1 + random.Next(536_870_911), (ulong)HostileValues.Number(random)),
        2 => WireBytes.Groups(100, 1 + random.Next(300), areClosed: random.Next(2) == 0),
        3 => WireBytes.Nest(1 + random.Next(16), 1 + random.Next(300)),
        4 => WireBytes.Tag(0, random.Next(8)),
        5 => [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
        _ => [.. Enumerable.Range(0, random.Next(500)).SelectMany(i => WireBytes.Field(1_000 + i, (ulong)i))],
    };
}
