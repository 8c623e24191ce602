using System.Text;
using Belong.ConsentService.Testing.Mix;

namespace Belong.ConsentService.Dev.Fuzz.Messages;

/// <summary>Values that a field should not have, and some that it should, by chance.</summary>
internal static class HostileValues
{
    private const int LongText = 5_000;
    private const int VeryLongText = 200_000;
    private const int RarePerThousand = 2;

    private static readonly long[] Numbers =
    [
        0, 1, -1, 2, 99, 127, 128, 255, 256, 65_535, 65_536, int.MaxValue, int.MinValue, uint.MaxValue, long.MaxValue, long.MinValue,
        253_402_300_799, 253_402_300_800, -62_135_596_800, -62_135_596_801, 1_000_000_000, 999_999_999, 1_788_000_000,
    ];

    private static readonly string[] Ids =
    [
        "M0000001", "M0000002", "M0000005", "M0000006", "M0000100", "M9999999", "V-CARRIER", "V-PARTNER", "V-DUAL", "V-LASTMILE", "v1", "D-1", "INV-1",
        "SERVICE_LINK", "MARKETING", "ALL", "*", "", "null", "0", "-1",
    ];

    private static readonly string[] Texts =
    [
        " ", "\0", "\u0001", "M-1\0", "M-1\n", "M-1\r\nx: y", "\t", "\u007f", "\u0080", "\u202e", "\ufeff", "\ufffd", "ｍ0000001", "日本語", "é", "😀", "ＮＵＬＬ",
        "' OR 1=1 --", "'; DROP TABLE member; --", "$$", "%s%s%n", "{0}", "${jndi}", "../../x", "<script>", "*1\r\n$8\r\nFLUSHALL\r\n", "{x}:y", "[a-z]*", "\\", "\"",
    ];

    public static long Number(Random random) => random.Next(4) switch
    {
        0 => random.Next(-2, 20),
        1 => random.NextInt64(),
        2 => DateTimeOffset.UtcNow.ToUnixTimeSeconds() + random.Next(-100_000_000, 100_000_000),
        _ => Numbers[random.Next(Numbers.Length)],
    };

    public static string Text(Random random) => random.Next(1_000) switch
    {
        < RarePerThousand => new string('a', random.Next(VeryLongText)),
        < 20 => new string((char)random.Next(' ', '~'), random.Next(LongText)),
        < 60 => new string('x', random.Next(62, 67)),
        < 250 => Texts[random.Next(Texts.Length)],
        < 300 => Surprise(random),
        < 650 => MemberMix.Id(1 + random.Next(600)),
        _ => Ids[random.Next(Ids.Length)],
    };

    /// <summary>Bytes that are no UTF-8.</summary>
    public static byte[] BadText(Random random) => random.Next(5) switch
    {
        0 => [0xC0, 0x80],
        1 => [0xED, 0xA0, 0x80],
        2 => [0xF4, 0x90, 0x80, 0x80],
        3 => [.. Encoding.ASCII.GetBytes("M000"), 0xFF, 0xFE],
        _ => Bytes(random, 1 + random.Next(40)),
    };

    public static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private static string Surprise(Random random)
    {
        var text = new StringBuilder();
        for (var left = random.Next(80); left > 0; left--)
        {
            var character = (char)random.Next(1, 0x3000);
            text.Append(char.IsSurrogate(character) ? '?' : character);
        }

        return text.ToString();
    }
}
