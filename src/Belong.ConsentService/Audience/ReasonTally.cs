using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Audience;

/// <summary>How many members have each primary reason.</summary>
public sealed class ReasonTally
{
    private readonly long[] _counts = new long[byte.MaxValue + 1];

    public long this[Reason reason] => _counts[(int)reason];

    /// <summary>Not decided, because facts could not be read.</summary>
    public long UndecidedCount => this[Reason.FactsUnavailable] + this[Reason.FactsStale];

    public void Add(Reason primary) => _counts[(int)primary]++;

    public void Add(ReasonTally other)
    {
        for (var i = 0; i < _counts.Length; i++)
        {
            _counts[i] += other._counts[i];
        }
    }

    /// <summary>Those that occur, by number.</summary>
    public IEnumerable<(Reason Reason, long Count)> All()
    {
        for (var i = 0; i < _counts.Length; i++)
        {
            if (_counts[i] > 0)
            {
                yield return ((Reason)i, _counts[i]);
            }
        }
    }
}
