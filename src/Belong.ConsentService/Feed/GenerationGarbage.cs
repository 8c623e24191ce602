namespace Belong.ConsentService.Feed;

/// <summary>
/// Deletes the keys of generations that were replaced. Not at once: another instance may still be writing
/// them, and they never expire. A generation is forgotten when a whole wait has brought no further key.
/// </summary>
internal sealed class GenerationGarbage(FeedContext context)
{
    private readonly Dictionary<string, long> _quietSince = new(StringComparer.Ordinal);

    private TimeSpan Wait => TimeSpan.FromSeconds(context.Settings.GarbageWaitSeconds);

    public async Task CollectAsync(string current, CancellationToken cancellation)
    {
        var earlier = await context.Cache.ReadEarlierGenerationsAsync(current, cancellation);
        foreach (var gone in _quietSince.Keys.Except(earlier, StringComparer.Ordinal).ToList())
        {
            _quietSince.Remove(gone);
        }

        foreach (var generation in earlier)
        {
            _quietSince.TryAdd(generation, context.Time.GetTimestamp());
            if (context.Time.GetElapsedTime(_quietSince[generation]) >= Wait)
            {
                await CollectOneAsync(generation, cancellation);
            }
        }
    }

    private async Task CollectOneAsync(string generation, CancellationToken cancellation)
    {
        var pause = TimeSpan.FromMilliseconds(context.Settings.GarbagePauseMs);
        var deleted = await context.Cache.DeleteGenerationAsync(generation, pause, cancellation);
        context.Counters.CountKeysCollected(deleted);
        if (deleted > 0)
        {
            _quietSince[generation] = context.Time.GetTimestamp();
            return;
        }

        await context.Cache.ForgetGenerationAsync(generation, cancellation);
        _quietSince.Remove(generation);
    }
}
