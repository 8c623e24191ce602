using System.Buffers;
using System.Text;
using Belong.Consent.V1;
using Belong.ConsentService.Client.Lists;

namespace Belong.ConsentService.Cli.Audience;

/// <summary>What a chunk may hold.</summary>
internal sealed record ChunkLimits(int MaxMembers, int MaxBytes)
{
    /// <summary>Tag and length of an id in a message.</summary>
    private const int OverheadBytes = 4;

    public bool IsReached(IdChunk chunk) =>
        chunk.Count >= MaxMembers || chunk.Bytes + ((chunk.Count + 1) * OverheadBytes) + IdLines.MaxLineBytes > MaxBytes;
}

/// <summary>Some ids of a list, as they are sent and as they stand in the list.</summary>
internal sealed class IdChunk : IScreenChunk
{
    private readonly ArrayBufferWriter<byte> _raw = new();
    private readonly List<int> _ends = [];

    public MemberChunk Message { get; } = new();

    public int Count => _ends.Count;

    public int Bytes => _raw.WrittenCount;

    /// <summary>Where the list was when the chunk was complete.</summary>
    public InputPoint End { get; set; } = InputPoint.Start;

    public void Add(ReadOnlySpan<byte> id)
    {
        _raw.Write(id);
        _ends.Add(_raw.WrittenCount);
        Message.MemberIds.Add(Encoding.UTF8.GetString(id));
    }

    /// <summary>The bytes of an id in the list.</summary>
    public ReadOnlySpan<byte> Raw(int index)
    {
        var start = index == 0 ? 0 : _ends[index - 1];
        return _raw.WrittenSpan[start.._ends[index]];
    }
}
