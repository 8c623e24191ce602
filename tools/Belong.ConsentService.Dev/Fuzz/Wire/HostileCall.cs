using System.Buffers.Binary;
using Belong.ConsentService.Dev.Fuzz.Judging;

namespace Belong.ConsentService.Dev.Fuzz.Wire;

/// <summary>What is sent as one request.</summary>
/// <param name="Path">For the report.</param>
/// <param name="HeaderBlock">All headers, encoded.</param>
/// <param name="Body">As it is, frames of gRPC included.</param>
internal sealed record HostileCall(string Path, byte[] HeaderBlock, IReadOnlyList<byte[]> Body)
{
    private const int ShownBytes = 120;

    public Allowed Allowed { get; init; }

    /// <summary>False when the caller's side is left open.</summary>
    public bool IsEnded { get; init; } = true;

    /// <summary>Reset by the caller as soon as it is sent.</summary>
    public bool IsGivenUp { get; init; }

    /// <summary>May end its connection: nothing else is to be under way on it.</summary>
    public bool IsAlone { get; init; }

    /// <summary>What comes back may name types.</summary>
    public bool DescribesItself { get; init; }

    /// <summary>A message as gRPC frames it.</summary>
    public static byte[] Frame(ReadOnlySpan<byte> message) => Frame(0, (uint)message.Length, message);

    public static byte[] Frame(byte flag, uint length, ReadOnlySpan<byte> message)
    {
        var frame = new byte[5 + message.Length];
        frame[0] = flag;
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(1), length);
        message.CopyTo(frame.AsSpan(5));
        return frame;
    }

    /// <summary>Enough to send it again by hand.</summary>
    public override string ToString()
    {
        var bytes = Body.SelectMany(piece => piece).Take(ShownBytes).ToArray();
        return $"{Path} headers {Convert.ToHexStringLower(HeaderBlock.AsSpan(0, Math.Min(HeaderBlock.Length, ShownBytes)))} body of {Body.Sum(piece => (long)piece.Length)} bytes {Convert.ToHexStringLower(bytes)}";
    }
}
