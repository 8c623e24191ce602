using Belong.ConsentService.Cache;
using Belong.ConsentService.Database;
using Belong.ConsentService.Feed;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Rules;
using StackExchange.Redis;

namespace Belong.ConsentService.Freshness;

/// <summary>
/// Keeps the register in memory and measures how old the facts in the cache are. The measure is a
/// position: the database's present snapshot is noted at a local time; once the feed has told the cache
/// that it has applied everything in that snapshot, the facts are known to be as of that time. So a
/// pipe that is slow, deaf or stopped anywhere shows as age, and no two clocks are compared. Positions of
/// different databases, or of a cache that has lost writes, are not compared either.
/// </summary>
internal sealed partial class FreshnessWorker(
    FactsStateHolder holder,
    FactsCache cache,
    FactsDatabase database,
    DatabaseProbe probe,
    PendingProbes pending,
    VouchedState vouched,
    EnforcementDelay delay,
    StoreHealth stores,
    LookupSettings settings,
    TimeProvider time,
    ILogger<FreshnessWorker> log) : BackgroundService
{
    private const int MaxRegisterProbes = 10;
    private static readonly TimeSpan StepTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan CacheTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FollowRest = TimeSpan.FromMilliseconds(2);

    private bool _isSubscribed;
    private readonly SemaphoreSlim _wakeUp = new(0, 1);
    private readonly SemaphoreSlim _probeAtOnce = new(0, 1);

    public override void Dispose()
    {
        _wakeUp.Dispose();
        _probeAtOnce.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.WhenAll(
            RepeatAsync("subscribe", SubscribeAsync, () => Task.Delay(_isSubscribed ? Timeout.InfiniteTimeSpan : settings.ProbeInterval, stoppingToken), stoppingToken),
            RepeatAsync("probe", ProbeAsync, () => _probeAtOnce.WaitAsync(settings.ProbeInterval, stoppingToken), stoppingToken),
            RepeatAsync("follow", FollowAsync, () => WaitToFollowAsync(stoppingToken), stoppingToken));
    }

    /// <summary>Members are read from the cache itself: to follow each of many moves would only cost.</summary>
    private async Task WaitToFollowAsync(CancellationToken cancellation)
    {
        await Task.Delay(FollowRest, cancellation);
        await _wakeUp.WaitAsync(settings.ProbeInterval / 2, cancellation);
    }

    private async Task SubscribeAsync(CancellationToken cancellation)
    {
        await cache.SubscribeAsync(() => Release(_wakeUp), cancellation);
        _isSubscribed = true;
    }

    private static void Release(SemaphoreSlim waiting)
    {
        try
        {
            waiting.Release();
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
                using var limit = new CommandCancellation(StepTimeout, TimeProvider.System, stopping);
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

    private async Task ProbeAsync(CancellationToken cancellation)
    {
        var chain = pending.Chain;
        pending.Note(await probe.AskAsync(cancellation), chain);
        // The feed tells of what it moves on; what it had done before is found by looking.
        Release(_wakeUp);
    }

    /// <summary>Follows the feed's state in the cache; the register alone from the database when the cache is gone.</summary>
    private async Task FollowAsync(CancellationToken cancellation)
    {
        FeedState? cached;
        try
        {
            // Time must be left for the database.
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(CacheTimeout);
            cached = await vouched.ReadAsync(limit.Token);
            stores.CacheAnswered();
            stores.CacheFault = cached is null ? "nobody vouches for what is in Redis: no feed has built it since Redis or PostgreSQL changed" : null;
        }
        catch (Exception e) when (e is RedisException or RedisCommandException or TimeoutException or OperationCanceledException)
        {
            stores.CacheFault = "Redis does not answer";
            // What was measured holds again once the same servers are verified.
            holder.Current = holder.Current with { CacheBreaks = FactsState.Unverified };
            await ReadRegisterFromDatabaseAsync(cancellation);
            throw new FactsUnreadableException($"the cache does not answer: {e.Message}", e);
        }

        if (cached is null)
        {
            // Nobody vouches for what is in the cache.
            Publish(holder.Current with { Position = null, CacheFreshAsOf = null });
            await ReadRegisterFromDatabaseAsync(cancellation);
            return;
        }

        await AdoptAsync(cached, vouched.Breaks, cancellation);
        if (holder.Current.RegisterAge(time) > settings.ProbeInterval * MaxRegisterProbes)
        {
            // The feed stands still, and checks go to the database: the register must not be read anew for each.
            await ReadRegisterFromDatabaseAsync(cancellation);
        }
    }

    private async Task AdoptAsync(FeedState cached, long breaks, CancellationToken cancellation)
    {
        var state = holder.Current;
        var register = state.Register;
        var isSameGeneration = cached.Generation == state.Generation;
        if (!isSameGeneration || register.Version < cached.RegisterVersion)
        {
            register = await cache.ReadRegisterAsync(cached.Generation, cancellation)
                ?? await database.ReadRegisterAsync(cancellation);
        }

        // What was measured of another generation says nothing of this one, nor of a cache that has gone back.
        var isAhead = isSameGeneration && state.Position is { } held && cached.Snapshot.Covers(held);
        var freshAsOf = probe.IsDatabaseBehind || !isAhead ? null : pending.TakeCovered(cached) ?? state.CacheFreshAsOf;
        // How fresh one register is says nothing of another that takes its place.
        var registerFreshAsOf = isSameGeneration && ReferenceEquals(register, state.Register) ? state.RegisterFreshAsOf : null;
        if (register.Version >= cached.RegisterVersion)
        {
            registerFreshAsOf = Later(freshAsOf, registerFreshAsOf);
        }

        Publish(new FactsState(cached.Generation, cached.Snapshot, register, freshAsOf, registerFreshAsOf, breaks) { Mark = cached.Mark });
        if (!isAhead)
        {
            pending.BeginChain(cached.Generation);
            Release(_probeAtOnce);
        }
    }

    private async Task ReadRegisterFromDatabaseAsync(CancellationToken cancellation)
    {
        var timestamp = time.GetTimestamp();
        var register = await database.ReadRegisterAsync(cancellation);
        Publish(holder.Current with { Register = register, RegisterFreshAsOf = timestamp });
    }

    private void Publish(FactsState state)
    {
        holder.Current = state;
        delay.StateChanged();
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
