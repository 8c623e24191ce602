namespace Belong.ConsentService.Dev.Bench.Load;

/// <summary>What every member is to be answered: the primary reason, as the evaluator gives it.</summary>
/// <param name="primaries">By the number of the member, from 1; null where only an ALLOW is expected.</param>
internal sealed class Expectation(byte[]? primaries)
{
    /// <summary>Of a method that decides nothing.</summary>
    public static readonly Expectation AlwaysAllow = new(null);

    /// <summary>True when answers must have come from Redis.</summary>
    public bool FromCache { get; init; }

    public void Require(int member, in Answer answer)
    {
        if (primaries is null ? answer.Outcome != Answer.Allow : answer.Primary != primaries[member] || (FromCache && answer.Source != Answer.FromCache))
        {
            throw new InvalidOperationException($"Member {member} was answered with outcome {answer.Outcome}, reason {answer.Primary}, source {answer.Source}; reason {primaries?[member]} was expected.");
        }
    }
}
