namespace Belong.ConsentService.Cli.Audience;

/// <summary>The ids of a list, all of them in memory.</summary>
internal sealed class MemberList
{
    private static readonly ChunkLimits Limits = new(10_000, 1024 * 1024);

    private readonly string _path;
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);

    private MemberList(string path) => _path = path;

    public int Count => _ids.Count;

    public static async Task<MemberList> LoadAsync(string path)
    {
        var list = new MemberList(path);
        await list.ReadAsync(chunk =>
        {
            list._ids.UnionWith(chunk.Message.MemberIds);
            return Task.CompletedTask;
        });
        return list;
    }

    public bool Contains(string id) => _ids.Contains(id);

    /// <summary>Takes members out of the list and its file, which is replaced as a whole.</summary>
    public async Task DropAsync(IReadOnlySet<string> members)
    {
        if (members.Count > 0)
        {
            await AtomicFile.WriteAsync(_path, fresh => ReadAsync(chunk => WriteAsync(fresh, chunk, members)));
            _ids.ExceptWith(members);
        }
    }

    private static async Task WriteAsync(Stream fresh, IdChunk chunk, IReadOnlySet<string> without)
    {
        using var lines = new MemoryStream();
        for (var i = 0; i < chunk.Count; i++)
        {
            if (!without.Contains(chunk.Message.MemberIds[i]))
            {
                lines.Write(chunk.Raw(i));
                lines.Write("\n"u8);
            }
        }

        lines.Position = 0;
        await lines.CopyToAsync(fresh);
    }

    private async Task ReadAsync(Func<IdChunk, Task> take)
    {
        using var lines = new IdLines(File.OpenRead(_path), _path, Limits);
        while (await lines.ReadAsync() is { } chunk)
        {
            await take(chunk);
        }
    }
}
