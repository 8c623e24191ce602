using System.Diagnostics;
using System.Globalization;
using Belong.ConsentService.Feed;
using Belong.ConsentService.Hosting;
using StackExchange.Redis;

namespace Belong.ConsentService.Cache;

public sealed partial class FactsCache
{
    /// <summary>Grows whenever the connection broke, came back or went elsewhere: newest writes may be lost since.</summary>
    public long Breaks => _redis.Breaks;

    /// <summary>The state, or null when there is none that can be read.</summary>
    public async Task<FeedState?> ReadStateAsync(CancellationToken cancellation)
    {
        if (await ReadStateFieldsAsync().WaitAsync(cancellation) is not { } fields)
        {
            return null;
        }

        var generation = (string?)fields[0];
        return !string.IsNullOrEmpty(generation)
            && SnapshotCursor.TryParse((string?)fields[1], out var snapshot)
            && long.TryParse((string?)fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out var registerVersion)
                ? new FeedState(generation, snapshot, registerVersion, (string?)fields[3] ?? "", Guid.TryParse((string?)fields[4], out var mark) ? mark : null)
                : null;
    }

    /// <summary>Moves the state on after all that <paramref name="next"/> claims was written; tells everybody.</summary>
    public async Task<StateWrite> AdvanceStateAsync(FeedState built, FeedState next, CancellationToken cancellation)
    {
        RedisValue[] arguments =
        [
            next.Generation, built.Snapshot.ToString(), next.Snapshot.ToString(), next.RegisterVersion,
            ToField(built.Mark), ToField(next.Mark), built.Servers, (byte[]?)_keys.Changed,
        ];
        var begun = Stopwatch.GetTimestamp();
        var written = (StateWrite)(int)await EvaluateAsync(CacheScripts.AdvanceState, _keys.State, arguments).WaitAsync(cancellation);
        _metrics?.Answered(RedisOperation.AdvanceState, begun);
        return written;
    }

    /// <summary>Puts the state in place after a rebuild.</summary>
    /// <param name="replacedGeneration">The generation that was in place when the rebuild began, if any.</param>
    public async Task<StateWrite> EstablishStateAsync(FeedState state, string? replacedGeneration, CancellationToken cancellation)
    {
        RedisValue[] arguments =
        [
            state.Generation, replacedGeneration ?? "", state.Snapshot.ToString(), state.RegisterVersion, state.Servers,
            ToField(state.Mark), (byte[]?)_keys.Changed,
        ];
        return (StateWrite)(int)await EvaluateAsync(CacheScripts.EstablishState, _keys.State, arguments).WaitAsync(cancellation);
    }

    /// <summary>Withdraws a state that was written about other servers.</summary>
    public Task DropStateAsync(string servers, CancellationToken cancellation) =>
        EvaluateAsync(CacheScripts.DropState, _keys.State, [servers]).WaitAsync(cancellation);

    /// <summary>Calls back whenever the feed has moved the state on, on a thread of the connection: do not stay.</summary>
    public async Task SubscribeAsync(Action changed, CancellationToken cancellation)
    {
        var subscriber = _redis.Multiplexer.GetSubscriber();
        void Handle(RedisChannel channel, RedisValue message) => changed();
        try
        {
            await subscriber.SubscribeAsync(_keys.Changed, Handle).WaitAsync(cancellation);
        }
        catch
        {
            // A subscription that failed is remembered all the same, and each try would add one.
            subscriber.Unsubscribe(_keys.Changed, Handle, CommandFlags.FireAndForget);
            throw;
        }
    }

    /// <summary>Null when there is something else in its place.</summary>
    private async Task<RedisValue[]?> ReadStateFieldsAsync()
    {
        DemandWatched(_keys.State);
        try
        {
            var begun = Stopwatch.GetTimestamp();
            var fields = await _redis.Database.HashGetAsync(_keys.State, ["generation", "snapshot", "register_version", "servers", "mark"], Direct);
            _metrics?.Answered(RedisOperation.ReadState, begun);
            DemandWatched(_keys.State);
            return fields;
        }
        catch (RedisServerException e) when (e.Message.StartsWith("WRONGTYPE", StringComparison.Ordinal))
        {
            return null;
        }
    }

    private static string ToField(Guid? mark) => mark?.ToString() ?? "";
}
