using System.Collections.Concurrent;

namespace Belong.ConsentService.Dev.Fuzz.Judging;

/// <summary>What was not as it must be: the first of each kind in words, all counted.</summary>
internal sealed class Violations
{
    private const int KeptPerKind = 3;
    private const int MaxKinds = 50;
    private const int ShownCharacters = 600;

    private readonly ConcurrentDictionary<string, int> _counts = [];
    private readonly ConcurrentQueue<string> _kept = [];

    public int Count => _counts.Values.Sum();

    public IEnumerable<string> Kept => _kept;

    public IEnumerable<(string Kind, int Count)> Kinds => _counts.Select(pair => (pair.Key, pair.Value)).OrderByDescending(pair => pair.Value);

    /// <param name="kind">One of few: the door, and what is wrong in general.</param>
    /// <param name="what">The request and its answer.</param>
    public void Add(string kind, string what)
    {
        if (_counts.Count >= MaxKinds)
        {
            kind = "others";
        }

        if (_counts.AddOrUpdate(kind, 1, (_, count) => count + 1) <= KeptPerKind)
        {
            _kept.Enqueue($"{kind}: {(what.Length > ShownCharacters ? what[..ShownCharacters] + "…" : what)}");
        }
    }
}
