using System.Collections.Concurrent;

namespace Belong.ConsentService.Dev.Fuzz.Judging;

/// <summary>What went through one door and what came back.</summary>
internal sealed class DoorTally(string name)
{
    private readonly ConcurrentDictionary<string, long> _outcomes = [];
    private long _requests;

    public string Name => name;

    public long Requests => Interlocked.Read(ref _requests);

    public TimeSpan Took { get; set; }

    /// <summary>The most frequent first.</summary>
    public IEnumerable<(string Outcome, long Count)> Outcomes => _outcomes.Select(pair => (pair.Key, pair.Value)).OrderByDescending(pair => pair.Value);

    public void Add(string outcome, long count = 1)
    {
        Interlocked.Add(ref _requests, count);
        _outcomes.AddOrUpdate(outcome, count, (_, sum) => sum + count);
    }
}
