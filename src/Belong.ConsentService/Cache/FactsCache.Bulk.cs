using System.Diagnostics;
using Belong.ConsentService.Hosting;
using StackExchange.Redis;

namespace Belong.ConsentService.Cache;

public sealed partial class FactsCache
{
    /// <summary>
    /// The values of several members in one round trip, in the order of the ids; null when Redis did not answer, or
    /// not in time. What is no string counts as none. The caller bounds the number: Redis answers nothing else meanwhile.
    /// </summary>
    /// <param name="timedOut">Told when it was waited for in vain.</param>
    internal async Task<RedisValue[]?> ReadManyAsync(string generation, ReadOnlyMemory<string> ids, TimeSpan timeout, Action<TimeSpan> timedOut, CancellationToken cancellation)
    {
        var keys = KeysOf(generation, ids.Span);
        try
        {
            if (!LeadToWatched(keys))
            {
                return null;
            }

            var begun = Stopwatch.GetTimestamp();
            // A cluster takes no command about keys of several slots.
            var values = _redis.IsCluster
                ? await Task.WhenAll(Array.ConvertAll(keys, ReadStringAsync)).WaitAsync(timeout, cancellation)
                : await _redis.Database.StringGetAsync(keys, Direct).WaitAsync(timeout, cancellation);
            _metrics?.Answered(RedisOperation.BulkMget, begun);
            return LeadToWatched(keys) ? values : null;
        }
        catch (TimeoutException)
        {
            timedOut(timeout);
            return null;
        }
        catch (Exception e) when (e is RedisException or RedisCommandException)
        {
            // The library has learnt from the error where the keys are served now.
            LeadToWatched(keys);
            return null;
        }
    }

    /// <summary>What a value that <see cref="ReadManyAsync"/> gave says.</summary>
    internal static MemberRead Decode(string id, RedisValue value) =>
        value.IsNull ? new MemberRead(ReadOutcome.Miss) : Decode(id, ((ReadOnlyMemory<byte>)value).Span);

    private RedisKey[] KeysOf(string generation, ReadOnlySpan<string> ids)
    {
        var keys = new RedisKey[ids.Length];
        for (var i = 0; i < keys.Length; i++)
        {
            keys[i] = _keys.Member(generation, ids[i]);
        }

        return keys;
    }

    private async Task<RedisValue> ReadStringAsync(RedisKey key)
    {
        try
        {
            return await _redis.Database.StringGetAsync(key, Direct);
        }
        catch (RedisServerException e) when (e.Message.StartsWith("WRONGTYPE", StringComparison.Ordinal))
        {
            return RedisValue.Null;
        }
    }

    /// <summary>One server holds all keys unless it is a cluster.</summary>
    private bool LeadToWatched(RedisKey[] keys)
    {
        if (!_redis.IsCluster)
        {
            return _redis.LeadsToWatched(keys[0]);
        }

        var lead = true;
        foreach (var key in keys)
        {
            lead &= _redis.LeadsToWatched(key);
        }

        return lead;
    }
}
