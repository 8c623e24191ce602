using Belong.ConsentService.Cache;
using Belong.ConsentService.Feed;

namespace Belong.ConsentService.Audit;

/// <summary>
/// What Redis claims while values are read from it. Only what it claims to hold, before and after, and from
/// the same servers, can be wrong.
/// </summary>
internal sealed class StateWatch
{
    private const int MinWaitMs = 5;
    private const int MaxWaitMs = 100;

    private readonly AuditContext _context;
    private readonly long _breaks;

    private StateWatch(AuditContext context, FeedState state, long breaks)
    {
        _context = context;
        State = state;
        _breaks = breaks;
    }

    public FeedState State { get; }

    /// <summary>Waits until Redis claims to hold everything that a read saw.</summary>
    /// <exception cref="AuditSkipException">It did not in time.</exception>
    public static async Task<StateWatch> BeginAsync(AuditContext context, AuditHead head, CancellationToken cancellation)
    {
        var started = context.Time.GetTimestamp();
        for (var waitMs = MinWaitMs; ; waitMs = Math.Min(waitMs * 2, MaxWaitMs))
        {
            var breaks = context.Cache.Breaks;
            var state = await context.Cache.ReadStateAsync(cancellation);
            if (state is not null && state.Generation == head.Generation && state.Snapshot.Covers(head.Snapshot))
            {
                return new StateWatch(context, state, breaks);
            }

            if (context.Time.GetElapsedTime(started).TotalMilliseconds >= context.Settings.CoverTimeoutMs)
            {
                throw new AuditSkipException("the feed has not carried in time what was read");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(waitMs), context.Time, cancellation);
        }
    }

    /// <summary>To be called after the values were read.</summary>
    /// <param name="isThorough">Asks the servers too who they are: a failover can lose writes.</param>
    /// <exception cref="AuditSkipException">They may not be what the state claimed.</exception>
    public async Task EndAsync(bool isThorough, CancellationToken cancellation)
    {
        var now = await _context.Cache.ReadStateAsync(cancellation);
        var isSame = now is not null && now.Generation == State.Generation && now.Servers == State.Servers && now.Snapshot.Covers(State.Snapshot);
        if (isSame && isThorough)
        {
            isSame = (await _context.Cache.VerifyServersAsync(cancellation)).Identity == State.Servers;
        }

        if (!isSame || _context.Cache.Breaks != _breaks)
        {
            throw new AuditSkipException("Redis has changed while it was read");
        }
    }

    /// <summary>A database that has not done what Redis knows is not the one to compare with.</summary>
    /// <exception cref="AuditSkipException">It has gone back.</exception>
    public void RequireNotBehind(AuditHead head)
    {
        if (head.Generation != State.Generation || !head.Snapshot.Covers(State.Snapshot))
        {
            throw new AuditSkipException("the database is behind what was read from it");
        }
    }
}
