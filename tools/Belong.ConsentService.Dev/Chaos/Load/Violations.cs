using System.Collections.Concurrent;
using Belong.ConsentService.Dev.Chaos.Model;

namespace Belong.ConsentService.Dev.Chaos.Load;

/// <summary>What broke a promise, with the history of the member concerned.</summary>
internal sealed class Violations(TimeProvider time)
{
    private const int MostKeptOfAKind = 5;

    private readonly ConcurrentQueue<string> _kept = new();
    private readonly ConcurrentDictionary<string, int> _kinds = new();
    private readonly long _start = time.GetTimestamp();

    public int Count => _kinds.Values.Sum();

    /// <summary>How many of each kind.</summary>
    public IReadOnlyDictionary<string, int> Kinds => _kinds;

    /// <summary>Some of each kind, in full.</summary>
    public IEnumerable<string> Kept => _kept;

    public void Add(string kind, string detail) => Add(kind, () => detail);

    public void Add(string kind, Observation seen, FactsModel model) => Add(
        kind,
        seen.Member,
        () => $"asked at {Since(seen.Call.Asked)} ({seen.Call.AskedAt:HH:mm:ss.fff}), answered at {Since(seen.Call.Answered)}: {seen}",
        model);

    /// <param name="notes">What the watch received before.</param>
    public void Add(string kind, int member, WatchClaim claim, string detail, IEnumerable<(long At, string What)> notes, FactsModel model) => Add(
        kind,
        member,
        () => $"""
            claimed as of {Since(claim.AsOf)}, received at {Since(claim.Received)}: {detail}
              the watch:
            {string.Join('\n', notes.Select(note => $"    {Since(note.At)}: {note.What}"))}
            """,
        model);

    private void Add(string kind, int member, Func<string> detail, FactsModel model) => Add(kind, () => $"""
        {FactsModel.IdOf(member)}, {detail()}
          the member:
        {Describe(model.Member(member).Copy())}
          the register, its last entries:
        {Describe(model.Register.Copy().TakeLast(8))}
        """);

    private void Add(string kind, Func<string> describe)
    {
        if (_kinds.AddOrUpdate(kind, 1, (_, count) => count + 1) <= MostKeptOfAKind)
        {
            _kept.Enqueue($"at {Since(time.GetTimestamp())}: {kind}\n  {describe()}");
        }
    }

    private string Describe<TState>(IEnumerable<Entry<TState>> entries)
        where TState : struct => string.Join('\n', entries.Select(entry =>
            $"    v{entry.Version} {entry.Cause}, sent {Since(entry.Sent)}, acknowledged {Since(entry.Acknowledged)}{(entry.IsLost ? ", lost" : "")}: {entry.State}"));

    private string Since(long timestamp) => timestamp switch
    {
        0 => "-",
        long.MaxValue => "never",
        _ => $"{time.GetElapsedTime(_start, timestamp).TotalSeconds:F3} s",
    };
}
