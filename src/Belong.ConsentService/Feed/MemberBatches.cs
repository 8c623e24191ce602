using Belong.ConsentService.Cache;

namespace Belong.ConsentService.Feed;

/// <summary>Carries the members of one read to Redis in batches, a few under way at once.</summary>
internal sealed partial class MemberBatches(FeedContext context, FeedState built, bool isRebuild) : IMemberSink
{
    private readonly Queue<Task> _inFlight = new();
    private List<MemberWrite> _next = [];

    /// <summary>There was something to carry.</summary>
    public bool HasRows { get; private set; }

    public void Begin(ReadHead head)
    {
        if (head.Generation != built.Generation)
        {
            throw new FeedRestartException($"the database has generation {head.Generation}, the feed {built.Generation}");
        }

        if (!isRebuild && !head.Snapshot.Covers(built.Snapshot))
        {
            throw new FeedRestartException("the database is behind what was read from it");
        }
    }

    public ValueTask AddAsync(string id, long version, byte[] facts, CancellationToken cancellation)
    {
        HasRows = true;
        var value = MemberValue.EncodeRow(id, version, facts, out var fault);
        _next.Add(new MemberWrite(id, version, value));
        return fault is null ? SendFullAsync(cancellation) : TellAndSendAsync(fault, id, version, cancellation);
    }

    /// <summary>Facts that cannot be read must neither stop the feed nor leave the older ones in force.</summary>
    private async ValueTask TellAndSendAsync(Exception fault, string id, long version, CancellationToken cancellation)
    {
        context.Counters.CountUnreadableRow();
        Log.UnreadableFacts(context.Logger, fault, await context.Pseudonyms.ForLogAsync(id, cancellation), version);
        await SendFullAsync(cancellation);
    }

    private ValueTask SendFullAsync(CancellationToken cancellation) =>
        _next.Count < context.Settings.BatchSize ? ValueTask.CompletedTask : SendAsync(cancellation);

    /// <summary>Waits until Redis has confirmed all of it.</summary>
    public async Task CompleteAsync(CancellationToken cancellation)
    {
        if (_next.Count > 0)
        {
            await SendAsync(cancellation);
        }

        while (_inFlight.TryDequeue(out var batch))
        {
            await batch;
        }
    }

    private async ValueTask SendAsync(CancellationToken cancellation)
    {
        if (_inFlight.Count == context.Settings.MaxBatchesInFlight)
        {
            await _inFlight.Dequeue();
        }

        _inFlight.Enqueue(context.Cache.ApplyAsync(built.Generation, _next, isRebuild, cancellation));
        Count(_next.Count);
        _next = [];
    }

    private void Count(int rows)
    {
        context.Counters.CountRows(rows);
        if (isRebuild)
        {
            context.Counters.CountRebuildRows(rows);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 20, Level = LogLevel.Error, Message = "The facts of member {Member}, version {Version}, cannot be read; checks of this member are refused")]
        public static partial void UnreadableFacts(ILogger logger, Exception e, string member, long version);
    }
}
