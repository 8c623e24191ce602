namespace Belong.ConsentService.Database;

/// <summary>A mark that was in the database while it was of a generation.</summary>
public sealed record LineageMark(string Generation, Guid Mark)
{
    /// <summary>No database is of this generation: it demands nothing.</summary>
    public static readonly LineageMark None = new("", Guid.Empty);
}

/// <summary>
/// The newest mark that this instance has seen. A database of the same generation that lacks it has been put back
/// to a time before, even when its transaction ids have come further since.
/// </summary>
public sealed class Lineage
{
    private LineageMark _known = LineageMark.None;

    public LineageMark Known
    {
        get => Volatile.Read(ref _known);
        set => Volatile.Write(ref _known, value);
    }
}
