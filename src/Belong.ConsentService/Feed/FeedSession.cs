using System.Diagnostics;
using Belong.ConsentService.Cache;
using Belong.ConsentService.Hosting;

namespace Belong.ConsentService.Feed;

/// <summary>
/// A stretch of feeding from one verified beginning: it ends with the first thing that does not hold, by
/// an exception, and the next session verifies again.
/// </summary>
internal sealed class FeedSession : IAsyncDisposable
{
    /// <summary>
    /// A crash of PostgreSQL can give transaction ids out again that were used but not yet flushed, a second's
    /// worth at most. So a session reads back further than it must: what is known already does no harm.
    /// </summary>
    private const ulong RewindXids = 1_000;

    private const int MaxMarksAccepted = 3;

    private static readonly TimeSpan ServersCheckInterval = TimeSpan.FromSeconds(1);

    private readonly FeedContext _context;
    private readonly ChangeReader _reader;
    private readonly CacheServers _servers;
    private long _serversVerified;
    private FeedState _state;
    private SnapshotCursor _since;

    private FeedSession(FeedContext context, ChangeReader reader, FeedState state, CacheServers servers)
    {
        _context = context;
        _reader = reader;
        _state = state;
        _since = state.Snapshot.Rewind(RewindXids);
        _servers = servers;
        _serversVerified = context.Time.GetTimestamp();
    }

    public static async Task<FeedSession> OpenAsync(FeedContext context, CancellationToken cancellation)
    {
        context.Counters.CountSession();
        var servers = await context.Cache.VerifyServersAsync(cancellation);
        await context.Database.BeatAsync(cancellation);
        var reader = await ChangeReader.OpenAsync(context.Database, context.Settings, cancellation);
        try
        {
            var state = await new FeedVerification(context, reader, servers).EstablishAsync(cancellation);
            await new RegisterCarrier(context, reader).MendAsync(state.Generation, cancellation);
            return new FeedSession(context, reader, state, servers);
        }
        catch
        {
            await reader.DisposeAsync();
            throw;
        }
    }

    public string Generation => _state.Generation;

    /// <summary>Reads what changed, writes it, and only then moves the state on.</summary>
    /// <returns>False when nothing had changed.</returns>
    public async Task<bool> RunCycleAsync(CancellationToken cancellation)
    {
        var started = _context.Time.GetTimestamp();
        var batches = new MemberBatches(_context, _state, isRebuild: false);
        var begun = Stopwatch.GetTimestamp();
        var head = await _reader.ReadChangesAsync(_since, batches, cancellation);
        _context.Metrics?.Answered(PostgresOperation.FeedRead, begun);
        await batches.CompleteAsync(cancellation);
        var isRegisterNew = head.RegisterVersion > _state.RegisterVersion;
        if (isRegisterNew)
        {
            await new RegisterCarrier(_context, _reader).WriteAsync(_state.Generation, cancellation);
        }

        await AdvanceAsync(head, cancellation);
        _context.Counters.CountCycle(_context.Time.GetTimestamp(), _context.Time.GetElapsedTime(started), head.Snapshot.Xmax);
        return batches.HasRows || isRegisterNew;
    }

    public ValueTask DisposeAsync() => _reader.DisposeAsync();

    private async Task AdvanceAsync(ReadHead head, CancellationToken cancellation)
    {
        await VerifyServersAsync(cancellation);
        var next = _state with { Snapshot = head.Snapshot, RegisterVersion = head.RegisterVersion, Mark = head.Mark };
        var written = await WriteStateAsync(next, cancellation);
        if (written != StateWrite.Done)
        {
            throw new FeedRestartException($"the state in Redis is not what the feed built on: {written}");
        }

        _state = next;
        _since = next.Snapshot;
    }

    /// <summary>
    /// Another feed's mark is built on only if it is in the database: one that was held up may have written of a
    /// database that was put back since.
    /// </summary>
    private async Task<StateWrite> WriteStateAsync(FeedState next, CancellationToken cancellation)
    {
        for (var accepted = 0; ; accepted++)
        {
            var written = await _context.Cache.AdvanceStateAsync(_state, next, cancellation);
            if (written != StateWrite.OtherMark || accepted == MaxMarksAccepted)
            {
                return written;
            }

            if (await _context.Cache.ReadStateAsync(cancellation) is not { } other || !await _reader.HasMarkAsync(other.Mark, cancellation))
            {
                return written;
            }

            _state = _state with { Mark = other.Mark };
        }
    }

    /// <summary>
    /// What was written must still be where it was written to. A primary that was replaced and came back in its own
    /// place, on the same connection, is found out by asking it.
    /// </summary>
    private async Task VerifyServersAsync(CancellationToken cancellation)
    {
        if (_context.Cache.Breaks != _servers.Breaks)
        {
            throw new FeedRestartException("a connection to Redis broke or leads elsewhere");
        }

        var now = _context.Time.GetTimestamp();
        if (_context.Time.GetElapsedTime(_serversVerified, now) < ServersCheckInterval)
        {
            return;
        }

        if (await _context.Cache.VerifyServersAsync(cancellation) != _servers)
        {
            throw new FeedRestartException("the servers of Redis have changed");
        }

        _serversVerified = now;
    }
}
