using Belong.ConsentService.Cache;
using Belong.ConsentService.Database;
using Belong.ConsentService.Feed;
using Belong.ConsentService.Rules;
using Npgsql;
using StackExchange.Redis;

namespace Belong.ConsentService.Lookup;

/// <summary>
/// Keeps the register in memory and measures how old the facts in the cache are. The measure is a
/// position: the database's present snapshot is noted at a local time; once the feed has told the cache
/// that it has applied everything in that snapshot, the facts are known to be as of that time. So a
/// pipe that is slow, deaf or stopped anywhere shows as age, and no two clocks are compared.
/// </summary>
public sealed partial class FreshnessWorker(
    FactsStateHolder holder,
    FactsCache cache,
    FactsDatabase database,
    NpgsqlDataSource source,
    LookupSettings settings,
    TimeProvider time,
    ILogger<FreshnessWorker> log) : BackgroundService
{
    private const int MaxPendingProbes = 64;
    private static readonly TimeSpan StepTimeout = TimeSpan.FromSeconds(2);

    private bool _isSubscribed;
    private readonly SemaphoreSlim _wakeUp = new(0, 1);
    private readonly Queue<(string Generation, SnapshotCursor Snapshot, long Timestamp)> _pending = new();

    public override void Dispose()
    {
        _wakeUp.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.WhenAll(
            RepeatAsync("subscribe", SubscribeAsync, () => Task.Delay(_isSubscribed ? Timeout.InfiniteTimeSpan : settings.ProbeInterval, stoppingToken), stoppingToken),
            RepeatAsync("probe", ProbeAsync, () => Task.Delay(settings.ProbeInterval, stoppingToken), stoppingToken),
            RepeatAsync("follow", FollowAsync, () => _wakeUp.WaitAsync(settings.ProbeInterval / 2, stoppingToken), stoppingToken));
    }

    private async Task SubscribeAsync(CancellationToken cancellation)
    {
        await cache.SubscribeAsync(WakeUp, cancellation);
        _isSubscribed = true;
    }

    private void WakeUp()
    {
        try
        {
            _wakeUp.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is awake already.
        }
    }

    private async Task RepeatAsync(string name, Func<CancellationToken, Task> step, Func<Task> wait, CancellationToken stopping)
    {
        var isFailing = false;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
                limit.CancelAfter(StepTimeout);
                await step(limit.Token);
                if (isFailing)
                {
                    Log.Recovered(log, name);
                    isFailing = false;
                }
            }
            catch (Exception e) when (!stopping.IsCancellationRequested)
            {
                if (!isFailing)
                {
                    Log.Failed(log, name, e.Message);
                    isFailing = true;
                }
            }

            try
            {
                await wait();
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <summary>Notes where the database is now, and wakes the feed so that it comes there soon.</summary>
    private async Task ProbeAsync(CancellationToken cancellation)
    {
        var timestamp = time.GetTimestamp();
        await using var command = source.CreateCommand("SELECT generation, pg_current_snapshot()::text, pg_notify('consent_facts', '') FROM facts_identity");
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        var probe = (reader.GetString(0), SnapshotCursor.Parse(reader.GetString(1)), timestamp);
        lock (_pending)
        {
            // When the feed stands still the oldest are of least use: a later one will be covered as soon.
            if (_pending.Count == MaxPendingProbes)
            {
                _pending.Dequeue();
            }

            _pending.Enqueue(probe);
        }
    }

    /// <summary>Follows the feed's state in the cache; the register alone from the database when the cache is gone.</summary>
    private async Task FollowAsync(CancellationToken cancellation)
    {
        FeedState? cached;
        try
        {
            cached = await cache.ReadStateAsync(cancellation);
        }
        catch (Exception e) when (e is RedisException or TimeoutException or OperationCanceledException)
        {
            await ReadRegisterFromDatabaseAsync(cancellation);
            throw new FactsUnreadableException($"the cache does not answer: {e.Message}", e);
        }

        if (cached is null)
        {
            await ReadRegisterFromDatabaseAsync(cancellation);
            return;
        }

        await AdoptAsync(cached, cancellation);
    }

    private async Task AdoptAsync(FeedState cached, CancellationToken cancellation)
    {
        var state = holder.Current;
        var register = state.Register;
        var isSameGeneration = cached.Generation == state.Generation;
        if (!isSameGeneration || register.Version < cached.RegisterVersion)
        {
            register = await cache.ReadRegisterAsync(cached.Generation, cancellation)
                ?? await database.ReadRegisterAsync(cancellation);
        }

        // What was measured of another generation says nothing of this one.
        var freshAsOf = TakeCovered(cached) ?? (isSameGeneration ? state.CacheFreshAsOf : null);
        var registerFreshAsOf = isSameGeneration ? state.RegisterFreshAsOf : null;
        if (register.Version >= cached.RegisterVersion)
        {
            registerFreshAsOf = Later(freshAsOf, registerFreshAsOf);
        }

        holder.Current = new FactsState(cached.Generation, cached.Snapshot, register, freshAsOf, registerFreshAsOf);
    }

    private async Task ReadRegisterFromDatabaseAsync(CancellationToken cancellation)
    {
        var timestamp = time.GetTimestamp();
        var register = await database.ReadRegisterAsync(cancellation);
        holder.Current = holder.Current with { Register = register, RegisterFreshAsOf = timestamp };
    }

    /// <summary>
    /// The time of the latest probe whose snapshot the feed has covered. A probe of another generation is
    /// dropped: after a restore transaction ids say nothing of what was before.
    /// </summary>
    private long? TakeCovered(FeedState cached)
    {
        long? latest = null;
        lock (_pending)
        {
            while (_pending.TryPeek(out var probe))
            {
                var isOfGeneration = probe.Generation == cached.Generation;
                if (isOfGeneration && !cached.Snapshot.Covers(probe.Snapshot))
                {
                    break;
                }

                latest = isOfGeneration ? probe.Timestamp : latest;
                _pending.Dequeue();
            }
        }

        return latest;
    }

    private static long? Later(long? one, long? other) => one is { } a && other is { } b ? Math.Max(a, b) : one ?? other;

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Freshness: {Step} fails and is tried again for ever: {Cause}")]
        public static partial void Failed(ILogger logger, string step, string cause);

        [LoggerMessage(2, LogLevel.Information, "Freshness: {Step} works again")]
        public static partial void Recovered(ILogger logger, string step);
    }
}
