using Belong.Consent.V1;

namespace Belong.ConsentService.Client.Lists;

/// <summary>Some members of a list that comes from the program.</summary>
internal sealed class ListChunk : IScreenChunk
{
    public MemberChunk Message { get; } = new();

    public int Count => Message.MemberIds.Count;
}

/// <summary>Cuts a list into chunks.</summary>
internal sealed class MemberSource(IAsyncEnumerator<string> members, int chunkMembers)
{
    /// <summary>Far above what can be an id; so much is sent, and refused in its verdict.</summary>
    private const int MaxIdCharacters = 1_024;

    private long _count;

    /// <summary>The next chunk, or null at the end.</summary>
    public async Task<ListChunk?> ReadAsync()
    {
        var chunk = new ListChunk();
        while (chunk.Count < chunkMembers && await members.MoveNextAsync())
        {
            chunk.Message.MemberIds.Add(Checked(members.Current));
        }

        return chunk.Count > 0 ? chunk : null;
    }

    private string Checked(string? id)
    {
        if (id is null || id.Length > MaxIdCharacters)
        {
            throw new ArgumentException(
                $"members has {(id is null ? "null" : $"an id of {id.Length} characters")} at index {_count}: ids of at most {MaxIdCharacters} characters are allowed");
        }

        _count++;
        return id;
    }
}
