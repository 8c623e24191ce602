using System.Text;

namespace Belong.ConsentService.Dev.Fuzz.Wire;

/// <summary>Writes header blocks (RFC 7541): every header as a literal, whatever it holds, so that nothing is too odd to be said.</summary>
internal static class HeaderBlock
{
    public static byte[] Write(IEnumerable<(string Name, string Value)> headers)
    {
        var block = new List<byte>();
        foreach (var (name, value) in headers)
        {
            Append(block, Encoding.Latin1.GetBytes(name), Encoding.Latin1.GetBytes(value));
        }

        return [.. block];
    }

    /// <summary>Without indexing, the name new.</summary>
    public static void Append(List<byte> block, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        block.Add(0);
        AppendText(block, name);
        AppendText(block, value);
    }

    private static void AppendText(List<byte> block, ReadOnlySpan<byte> text)
    {
        AppendNumber(block, text.Length);
        block.AddRange(text);
    }

    private static void AppendNumber(List<byte> block, int number)
    {
        const int prefix = 0x7F;
        if (number < prefix)
        {
            block.Add((byte)number);
            return;
        }

        block.Add(prefix);
        for (number -= prefix; number > 0x7F; number >>= 7)
        {
            block.Add((byte)(number | 0x80));
        }

        block.Add((byte)number);
    }
}
