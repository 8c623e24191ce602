using System.Text;

namespace Belong.ConsentService.Dev.Bench.Load;

/// <summary>
/// Header blocks (RFC 7541) as far as a load needs them: nothing is ever put into a dynamic table, on either side, and
/// the server writes its texts plainly.
/// </summary>
internal static class Hpack
{
    private const int StaticCount = 61;
    private const int StatusFirst = 8;
    private const int StatusLast = 14;

    private static readonly string[] Statuses = ["200", "204", "206", "304", "400", "404", "500"];

    /// <summary>The headers of a gRPC call.</summary>
    public static byte[] WriteCall(string authority, string path, string authorization)
    {
        var block = new List<byte> { 0x83, 0x86 };
        WriteIndexed(block, 4, path);
        WriteIndexed(block, 1, authority);
        WriteIndexed(block, 31, "application/grpc");
        if (authorization.Length > 0)
        {
            WriteIndexed(block, 23, authorization);
        }

        block.Add(0);
        WriteText(block, "te");
        WriteText(block, "trailers");
        return [.. block];
    }

    /// <summary>What a block says of the fate of a call.</summary>
    /// <param name="Status">Of HTTP; null when the block does not say.</param>
    /// <param name="GrpcStatus">Null when the block does not say.</param>
    public readonly record struct Fate(string? Status, string? GrpcStatus, string? Message)
    {
        public bool IsGood => Status is null or "200" && GrpcStatus is null or "0";
    }

    public static Fate Read(ReadOnlySpan<byte> block)
    {
        var fate = new Fate();
        while (!block.IsEmpty)
        {
            var first = block[0];
            if ((first & 0x80) != 0)
            {
                var index = ReadNumber(ref block, 7);
                fate = index is >= StatusFirst and <= StatusLast ? fate with { Status = Statuses[index - StatusFirst] } : fate;
            }
            else if ((first & 0xE0) == 0x20)
            {
                // The size of the dynamic table.
                ReadNumber(ref block, 5);
            }
            else
            {
                var index = ReadNumber(ref block, (first & 0x40) != 0 ? 6 : 4);
                var name = index == 0 ? ReadText(ref block) : NameOf(index);
                fate = Note(fate, name, ReadText(ref block));
            }
        }

        return fate;
    }

    private static Fate Note(in Fate fate, string name, string value) => name switch
    {
        ":status" => fate with { Status = value },
        "grpc-status" => fate with { GrpcStatus = value },
        "grpc-message" => fate with { Message = Uri.UnescapeDataString(value) },
        _ => fate,
    };

    private static string NameOf(int index) => index switch
    {
        > StaticCount => throw new NotSupportedException("The server uses a dynamic table."),
        >= StatusFirst and <= StatusLast => ":status",
        _ => "",
    };

    /// <summary>A header without indexing, its name from the static table.</summary>
    private static void WriteIndexed(List<byte> block, int index, string value)
    {
        if (index < 15)
        {
            block.Add((byte)index);
        }
        else
        {
            block.Add(0x0F);
            block.Add((byte)(index - 15));
        }

        WriteText(block, value);
    }

    private static void WriteText(List<byte> block, string text)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(text.Length, 127);
        block.Add((byte)text.Length);
        block.AddRange(Encoding.ASCII.GetBytes(text));
    }

    private static int ReadNumber(ref ReadOnlySpan<byte> block, int prefixBits)
    {
        var mask = (1 << prefixBits) - 1;
        var number = block[0] & mask;
        block = block[1..];
        if (number < mask)
        {
            return number;
        }

        for (var shift = 0; ; shift += 7)
        {
            var next = block[0];
            block = block[1..];
            number += (next & 0x7F) << shift;
            if ((next & 0x80) == 0)
            {
                return number;
            }
        }
    }

    private static string ReadText(ref ReadOnlySpan<byte> block)
    {
        if ((block[0] & 0x80) != 0)
        {
            throw new NotSupportedException("The server compresses texts.");
        }

        var length = ReadNumber(ref block, 7);
        var text = Encoding.ASCII.GetString(block[..length]);
        block = block[length..];
        return text;
    }
}
