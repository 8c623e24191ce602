namespace Belong.ConsentService.Dev.Bench.Load;

/// <summary>What every member is to be answered: the primary reason, as the evaluator gives it.</summary>
/// <param name="primaries">By the number of the member, from 1; null where only an ALLOW is expected.</param>
internal sealed class Expectation(byte[]? primaries)
{
    /// <summary>Of a method that decides nothing.</summary>
    public static readonly Expectation AlwaysAllow = new(null);

    private const int FactsUnavailable = 3;
    private const int FactsStale = 4;

    private long _fromElsewhere;
    private long _undecided;
    private long _refused;
    private string? _firstRefusal;

    /// <summary>True while stores are not all there: a denial because facts cannot be read is counted and not a fault.</summary>
    public bool MayBeUndecided { get; init; }

    public long Undecided => Interlocked.Read(ref _undecided);

    /// <summary>Answers that were right and rested on PostgreSQL, because Redis was not asked or did not answer in time.</summary>
    public long FromElsewhere => Interlocked.Read(ref _fromElsewhere);

    /// <summary>What is wrong with the calls since this was asked last; null when each was answered.</summary>
    public string? TakeRefusals()
    {
        var (count, first) = (Interlocked.Exchange(ref _refused, 0), Interlocked.Exchange(ref _firstRefusal, null));
        return count == 0 ? null : $"{count} calls were not answered, the first: {first}";
    }

    /// <exception cref="InvalidOperationException">The answer is wrong.</exception>
    public void Require(int member, in Answer answer)
    {
        if (answer.Refusal is { } refusal)
        {
            Interlocked.CompareExchange(ref _firstRefusal, refusal, null);
            Interlocked.Increment(ref _refused);
            return;
        }

        if (MayBeUndecided && answer.Primary is FactsUnavailable or FactsStale)
        {
            Interlocked.Increment(ref _undecided);
            return;
        }

        if (primaries is null ? answer.Outcome != Answer.Allow : answer.Primary != primaries[member])
        {
            throw new InvalidOperationException($"Member {member} was answered with outcome {answer.Outcome}, reason {answer.Primary}; reason {primaries?[member]} was expected.");
        }

        if (primaries is not null && answer.Source != Answer.FromCache)
        {
            Interlocked.Increment(ref _fromElsewhere);
        }
    }
}
