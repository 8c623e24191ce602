using System.Collections.Concurrent;
using Belong.ConsentService.Dev.Chaos.Model;

namespace Belong.ConsentService.Dev.Chaos.Load;

/// <summary>What broke a promise, with the history of the member concerned.</summary>
internal sealed class Violations(TimeProvider time)
{
    private const int MostKept = 20;

    private readonly ConcurrentQueue<string> _kept = new();
    private readonly long _start = time.GetTimestamp();
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public IEnumerable<string> Kept => _kept;

    public void Add(string what)
    {
        if (Interlocked.Increment(ref _count) <= MostKept)
        {
            _kept.Enqueue($"at {Since(time.GetTimestamp())}: {what}");
        }
    }

    public void Add(string what, Observation seen, FactsModel model)
    {
        if (Count < MostKept)
        {
            Add($"""
                {what}
                  {FactsModel.IdOf(seen.Member)}, asked at {Since(seen.Asked)}, answered at {Since(seen.Answered)}: {seen}
                  the member:
                {Describe(model.Member(seen.Member).Copy())}
                  the register, its last entries:
                {Describe(model.Register.Copy().TakeLast(8))}
                """);
        }
        else
        {
            Interlocked.Increment(ref _count);
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
