using Belong.Consent.V1;
using Belong.ConsentService.Access;
using Belong.ConsentService.Cache;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Rules;
using Grpc.Core;

namespace Belong.ConsentService.Audience;

/// <summary>Runs watches until their callers go, or the instance stops.</summary>
internal sealed class DecisionWatches(
    ChangedMembers changed,
    AudienceJudge judge,
    ListPositions positions,
    FactsStateHolder holder,
    FactsCache cache,
    FreshnessBounds bounds,
    WatchCounters counters,
    Drain drain,
    TimeProvider time,
    ILogger<DecisionWatches> logger)
{
    private readonly WatchContext _context = new(changed, judge, positions, holder, cache, bounds, counters, time, logger);

    /// <param name="position">As the caller gave it: empty to begin with what is now.</param>
    /// <exception cref="RpcException">The position cannot be watched from, or the instance stops.</exception>
    public async Task RunAsync(AudienceQuestion question, string position, IServerStreamWriter<WatchDecisionsResponse> responses, StreamLease lease, CancellationToken cancellation)
    {
        var from = position.Length == 0 ? null : positions.Read(position);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation, drain.Over);
        try
        {
            await new DecisionWatch(question, _context, responses, lease).RunAsync(from, ending.Token);
        }
        catch (Exception) when (drain.Over.IsCancellationRequested)
        {
            throw Drain.BuildRefusal("go on from the last position at another");
        }
    }
}
