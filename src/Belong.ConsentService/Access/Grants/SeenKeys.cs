using System.Runtime.CompilerServices;

namespace Belong.ConsentService.Access.Grants;

/// <summary>
/// Header values that were found to hold a key of these grants. The server gives the calls of a stream that is used again the
/// very same string while the header stays the same: it need not be hashed again. Found by reference and never by content,
/// so that nothing can be learned from the time it takes, and bounded: a value takes the place of the one before it.
/// </summary>
internal sealed class SeenKeys
{
    private const int Places = 1_024;

    private readonly Entry?[] _entries = new Entry?[Places];

    public Caller? Find(string value) => _entries[PlaceOf(value)] is { } entry && ReferenceEquals(entry.Value, value) ? entry.Caller : null;

    public void Add(string value, Caller caller) => _entries[PlaceOf(value)] = new Entry(value, caller);

    private static int PlaceOf(string value) => RuntimeHelpers.GetHashCode(value) & (Places - 1);

    private sealed record Entry(string Value, Caller Caller);
}
