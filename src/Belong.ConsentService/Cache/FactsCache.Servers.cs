using StackExchange.Redis;

namespace Belong.ConsentService.Cache;

public sealed partial class FactsCache
{
    private const int GarbageBatch = 200;

    /// <summary>
    /// True when Redis may throw out keys that never expire. A fill could then put an old value where a newer
    /// one was thrown out, so this must not be so.
    /// </summary>
    public async Task<bool> MayEvictFactsAsync(CancellationToken cancellation) =>
        (await ReadEvictionAsync(cancellation)).Exists(policy => policy.StartsWith("allkeys", StringComparison.Ordinal));

    /// <summary>To be called before the first key of a generation is written, so that its keys are found again.</summary>
    public Task BeginGenerationAsync(string generation, CancellationToken cancellation) =>
        EvaluateAsync(CacheScripts.BeginGeneration, _keys.Generations, [generation]).WaitAsync(cancellation);

    /// <summary>Deletes the keys of the generations begun before <paramref name="current"/>, slowly.</summary>
    /// <returns>How many keys were deleted.</returns>
    public async Task<long> CollectGarbageAsync(string current, TimeSpan pause, CancellationToken cancellation)
    {
        var known = await _redis.Database.ListRangeAsync(_keys.Generations, flags: CommandFlags.DemandMaster).WaitAsync(cancellation);
        if (known.Length < 2)
        {
            return 0;
        }

        var primaries = await FindPrimariesAsync(cancellation);
        var older = known.AsSpan(0, Math.Max(0, Array.IndexOf(known, current))).ToArray();
        long deleted = 0;
        foreach (var generation in older)
        {
            foreach (var primary in primaries)
            {
                deleted += await DeleteAsync(primary, generation.ToString(), pause, cancellation);
            }

            await _redis.Database.KeyDeleteAsync(_keys.Register(generation.ToString())).WaitAsync(cancellation);
            await _redis.Database.ListRemoveAsync(_keys.Generations, generation).WaitAsync(cancellation);
        }

        return deleted;
    }

    private async Task<long> DeleteAsync(IServer primary, string generation, TimeSpan pause, CancellationToken cancellation)
    {
        long deleted = 0;
        var pending = new List<Task<bool>>(GarbageBatch);
        await foreach (var key in primary.KeysAsync(_redis.Database.Database, _keys.MemberPattern(generation), GarbageBatch).WithCancellation(cancellation))
        {
            pending.Add(_redis.Database.KeyDeleteAsync(key));
            if (pending.Count == GarbageBatch)
            {
                deleted += pending.Count;
                await Task.WhenAll(pending).WaitAsync(cancellation);
                pending.Clear();
                await Task.Delay(pause, cancellation);
            }
        }

        await Task.WhenAll(pending).WaitAsync(cancellation);
        return deleted + pending.Count;
    }

    private async Task<List<string>> ReadEvictionAsync(CancellationToken cancellation)
    {
        var values = new List<string>();
        foreach (var primary in await FindPrimariesAsync(cancellation))
        {
            values.Add(await ReadInfoAsync(primary, "memory", "maxmemory_policy").WaitAsync(cancellation));
        }

        return values;
    }
}
