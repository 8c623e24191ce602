namespace Belong.ConsentService.Dev.Measuring;

/// <summary>How long an empty Redis took to be filled, and how checks were answered meanwhile.</summary>
/// <param name="Took">Until the state in Redis said that all members are in it.</param>
/// <param name="CheckMs">Checks that were answered, in milliseconds.</param>
/// <param name="Unanswered">Checks that failed, or were denied because facts could not be read.</param>
/// <param name="FirstError">Of those.</param>
internal sealed record FillFigures(TimeSpan Took, Distribution CheckMs, long Unanswered, string? FirstError);

/// <summary>What one service took to fill an empty Redis, and what the members take of memory.</summary>
/// <param name="AtStart">From the start of the service's process, checks from when it was ready.</param>
/// <param name="Emptied">The same from when Redis lost all its keys under the running service.</param>
/// <param name="RedisBytes">What Redis uses more than when it was empty.</param>
/// <param name="ResidentBytes">Of the service, with all members in Redis.</param>
/// <param name="PeakBytes">The most that the service had.</param>
internal sealed record RebuildFigures(int Members, FillFigures AtStart, FillFigures Emptied, long RedisBytes, long ResidentBytes, long PeakBytes)
{
    public double RedisBytesPerMember => RedisBytes / (double)Members;
}
