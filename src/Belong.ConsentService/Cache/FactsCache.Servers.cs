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

    /// <summary>The generations begun before <paramref name="current"/> that may have keys.</summary>
    public async Task<IReadOnlyList<string>> ReadEarlierGenerationsAsync(string current, CancellationToken cancellation)
    {
        var known = await _redis.Database.ListRangeAsync(_keys.Generations, flags: CommandFlags.DemandMaster).WaitAsync(cancellation);
        return [.. known.Take(Math.Max(0, Array.IndexOf(known, current))).Select(generation => generation.ToString())];
    }

    /// <summary>Deletes the keys of a generation, slowly; it stays among those that may have keys.</summary>
    /// <returns>How many keys were deleted.</returns>
    public async Task<long> DeleteGenerationAsync(string generation, TimeSpan pause, CancellationToken cancellation)
    {
        long deleted = 0;
        foreach (var primary in await FindPrimariesAsync(cancellation))
        {
            deleted += await DeleteAsync(primary, generation, pause, cancellation);
        }

        return deleted + (await _redis.Database.KeyDeleteAsync(_keys.Register(generation)).WaitAsync(cancellation) ? 1 : 0);
    }

    /// <summary>To be called when nothing writes keys of the generation any more.</summary>
    public Task ForgetGenerationAsync(string generation, CancellationToken cancellation) =>
        _redis.Database.ListRemoveAsync(_keys.Generations, generation).WaitAsync(cancellation);

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
