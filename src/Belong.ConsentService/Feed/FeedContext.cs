using Belong.ConsentService.Cache;
using Belong.ConsentService.Database;
using Belong.ConsentService.Hosting;

namespace Belong.ConsentService.Feed;

/// <summary>What the parts of the feed share.</summary>
internal sealed record FeedContext(
    FeedDatabase Database,
    FactsCache Cache,
    FeedSettings Settings,
    FeedCounters Counters,
    TimeProvider Time,
    ILogger Logger,
    ConsentMetrics? Metrics = null)
{
    /// <summary>Names members in the log.</summary>
    public MemberPseudonyms Pseudonyms { get; } = new(Database.Facts, Time);
}

/// <summary>What the feed built on no longer holds: both stores must be verified anew.</summary>
internal sealed class FeedRestartException(string reason) : Exception(reason);
