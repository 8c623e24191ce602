using Belong.ConsentService.Cache;
using Belong.ConsentService.Database;

namespace Belong.ConsentService.Feed;

/// <summary>
/// Finds out whether Redis mirrors this database as far as it says, and builds it anew where it does not:
/// it is empty, another database is behind it, or its servers have changed and may have lost writes.
/// </summary>
internal sealed partial class FeedVerification(FeedContext context, ChangeReader reader, CacheServers servers)
{
    /// <summary>The state from which the feed can go on.</summary>
    public async Task<FeedState> EstablishAsync(CancellationToken cancellation)
    {
        var state = await context.Cache.ReadStateAsync(cancellation);
        var identity = await VerifyIdentityAsync(state, cancellation);
        if (state is not null && state.Generation == identity.Generation)
        {
            if (state.Servers == servers.Identity)
            {
                return state;
            }

            await context.Cache.DropStateAsync(state.Servers, cancellation);
        }

        return await RebuildAsync(identity.Generation, state?.Generation, cancellation);
    }

    /// <summary>A restore or a failover makes it another database, even though it has the same content at first.</summary>
    private async Task<FactsIdentity> VerifyIdentityAsync(FeedState? state, CancellationToken cancellation)
    {
        var recorded = await context.Database.Facts.ReadIdentityAsync(cancellation);
        var server = await context.Database.Facts.ReadServerAsync(cancellation);
        var isSame = recorded.SystemIdentifier == server.SystemIdentifier && recorded.Timeline == server.Timeline;
        if (isSame && (state is null || await IsPresentAsync(state, recorded.Generation, cancellation)))
        {
            return recorded;
        }

        var renewed = await context.Database.Facts.RenewIdentityAsync(recorded.Generation, cancellation);
        context.Counters.CountNewGeneration();
        Log.NewGeneration(context.Logger, recorded.Generation, renewed.Generation);
        return renewed;
    }

    /// <summary>A backup of a time before the last restore names a generation that was replaced since, whose keys are out of date.</summary>
    private async Task<bool> IsPresentAsync(FeedState state, string generation, CancellationToken cancellation) => state.Generation == generation
        ? await IsAheadAsync(state, cancellation)
        : !(await context.Cache.ReadEarlierGenerationsAsync(state.Generation, cancellation)).Contains(generation, StringComparer.Ordinal);

    /// <summary>Transaction ids that went back may have overtaken the state since: marks never do.</summary>
    private async Task<bool> IsAheadAsync(FeedState state, CancellationToken cancellation) =>
        await reader.HasMarkAsync(state.Mark, cancellation) && (await reader.ReadSnapshotAsync(cancellation)).Covers(state.Snapshot);

    private async Task<FeedState> RebuildAsync(string generation, string? replaced, CancellationToken cancellation)
    {
        var started = context.Time.GetTimestamp();
        Log.Rebuilding(context.Logger, generation);
        context.Counters.BeginRebuild();
        var isDone = false;
        try
        {
            var state = await WriteAllAsync(generation, replaced, cancellation);
            isDone = true;
            var elapsedMs = (long)context.Time.GetElapsedTime(started).TotalMilliseconds;
            Log.Rebuilt(context.Logger, generation, context.Counters.RebuildRows, elapsedMs);
            return state;
        }
        finally
        {
            context.Counters.EndRebuild(isDone);
        }
    }

    private async Task<FeedState> WriteAllAsync(string generation, string? replaced, CancellationToken cancellation)
    {
        if (await context.Cache.MayEvictFactsAsync(cancellation))
        {
            Log.MayEvict(context.Logger);
        }

        await context.Cache.BeginGenerationAsync(generation, cancellation);
        var beginning = new FeedState(generation, SnapshotCursor.Nothing, 0, servers.Identity, null);
        var batches = new MemberBatches(context, beginning, isRebuild: true);
        var head = await reader.ReadAllAsync(batches, cancellation);
        await batches.CompleteAsync(cancellation);
        await new RegisterCarrier(context, reader).WriteAsync(generation, cancellation);
        return await EstablishAsync(beginning with { Snapshot = head.Snapshot, RegisterVersion = head.RegisterVersion, Mark = head.Mark }, replaced, cancellation);
    }

    private async Task<FeedState> EstablishAsync(FeedState state, string? replaced, CancellationToken cancellation)
    {
        if (await context.Cache.VerifyServersAsync(cancellation) != servers)
        {
            throw new FeedRestartException("the servers of Redis changed, or a connection broke, during the rebuild");
        }

        var written = await context.Cache.EstablishStateAsync(state, replaced, cancellation);
        return written == StateWrite.Done
            ? state
            : throw new FeedRestartException($"the state could not be put in place: {written}");
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 10, Level = LogLevel.Warning, Message = "The database is not the one recorded: generation {Old} is replaced by {New}")]
        public static partial void NewGeneration(ILogger logger, string old, string @new);

        [LoggerMessage(EventId = 11, Level = LogLevel.Information, Message = "Rebuilding Redis under generation {Generation}")]
        public static partial void Rebuilding(ILogger logger, string generation);

        [LoggerMessage(EventId = 12, Level = LogLevel.Information, Message = "Rebuilt Redis under generation {Generation}: {Members} members in {ElapsedMs} ms")]
        public static partial void Rebuilt(ILogger logger, string generation, long members, long elapsedMs);

        [LoggerMessage(EventId = 13, Level = LogLevel.Warning, Message = "Redis may evict facts: set maxmemory-policy to noeviction or to one of volatile-*")]
        public static partial void MayEvict(ILogger logger);
    }
}
