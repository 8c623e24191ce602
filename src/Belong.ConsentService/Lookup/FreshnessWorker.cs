using System.Diagnostics;
using Belong.ConsentService.Cache;
using Belong.ConsentService.Database;
using Belong.ConsentService.Feed;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Rules;
using Npgsql;
using StackExchange.Redis;

namespace Belong.ConsentService.Lookup;

/// <summary>
/// Keeps the register in memory and measures how old the facts in the cache are. The measure is a
/// position: the database's present snapshot is noted at a local time; once the feed has told the cache
/// that it has applied everything in that snapshot, the facts are known to be as of that time. So a
/// pipe that is slow, deaf or stopped anywhere shows as age, and no two clocks are compared. Positions of
/// different databases, or of a cache that has lost writes, are not compared either.
/// </summary>
public sealed partial class FreshnessWorker(
    FactsStateHolder holder,
    FactsCache cache,
    FactsDatabase database,
    NpgsqlDataSource source,
    Lineage lineage,
    EnforcementDelay delay,
    StoreContact contact,
    ConsentMetrics metrics,
    StoreHealth stores,
    LookupSettings settings,
    TimeProvider time,
    ILogger<FreshnessWorker> log) : BackgroundService
{
    private const int MaxPendingProbes = 64;
    private const int MaxRegisterProbes = 10;
    private static readonly TimeSpan StepTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan CacheTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ServersCheckInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ServersCheckPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan FollowRest = TimeSpan.FromMilliseconds(2);

    // $1 and $2: the mark known and its generation's name; $3 and $4: those of the state held.
    private const string ProbeSql = $"""
        SELECT pg_current_snapshot()::text, pg_notify('consent_facts', ''), recorded.generation,
            recorded.system_identifier = server.system_identifier AND recorded.timeline = server.timeline,
            ({FactsDatabase.NewestMarkSql}),
            (recorded.generation = $1 AND NOT EXISTS (SELECT FROM lineage WHERE mark = $2))
                OR (recorded.generation = $3 AND NOT EXISTS (SELECT FROM lineage WHERE mark = $4))
        FROM facts_identity recorded, ({FactsDatabase.ServerIdentitySql}) server
        """;

    private bool _isSubscribed;
    private CacheServers? _servers;
    private long _serversVerified;
    private volatile bool _isDatabaseBehind;
    private readonly SemaphoreSlim _wakeUp = new(0, 1);
    private readonly SemaphoreSlim _probeAtOnce = new(0, 1);
    private readonly Queue<Probe> _pending = new();
    private int _chain;

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
            RepeatAsync("probe", LookAtDatabaseAsync, () => _probeAtOnce.WaitAsync(settings.ProbeInterval, stoppingToken), stoppingToken),
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

    private async Task LookAtDatabaseAsync(CancellationToken cancellation)
    {
        try
        {
            await ProbeAsync(cancellation);
            stores.DatabaseFault = null;
        }
        catch (FactsUnreadableException e)
        {
            stores.DatabaseFault = $"PostgreSQL is not to be trusted yet: {e.Message}";
            throw;
        }
        catch
        {
            stores.DatabaseFault = "PostgreSQL does not answer";
            throw;
        }
    }

    /// <summary>Notes where the database is now, and wakes the feed so that it comes there soon.</summary>
    private async Task ProbeAsync(CancellationToken cancellation)
    {
        var chain = Volatile.Read(ref _chain);
        var timestamp = time.GetTimestamp();
        var state = holder.Current;
        await using var command = CreateProbe(state);
        var begun = Stopwatch.GetTimestamp();
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var hasAnswer = await reader.ReadAsync(cancellation);
        metrics.Answered(PostgresOperation.Probe, begun);
        contact.PostgresAnswered();
        if (!hasAnswer || !reader.GetBoolean(3))
        {
            // A restore or a failover, and no feed has given it a new generation yet.
            throw new FactsUnreadableException("the database is not the one recorded");
        }

        var probe = new Probe(reader.GetString(2), SnapshotCursor.Parse(reader.GetString(0)), timestamp);
        // A copy of the disk that was put back keeps its identity, and has not done what the cache knows: not yet, or other things.
        var isPutBack = reader.GetBoolean(5);
        _isDatabaseBehind = isPutBack || IsBehind(probe, state);
        if (_isDatabaseBehind)
        {
            if (isPutBack)
            {
                // The feed may have nothing to tell it by: what this instance saw last may be later than what Redis holds.
                await reader.DisposeAsync();
                await database.RenewIdentityAsync(probe.Generation, cancellation);
            }

            throw new FactsUnreadableException("the database is behind what was read from it");
        }

        if (!await reader.IsDBNullAsync(4, cancellation))
        {
            lineage.Known = new LineageMark(probe.Generation, reader.GetGuid(4));
        }

        Note(probe, chain);
        // The feed tells of what it moves on; what it had done before is found by looking.
        Release(_wakeUp);
    }

    private static bool IsBehind(Probe probe, FactsState state) => probe.Generation == state.Generation
        && state.Position is { } position && (state.Mark is null || !probe.Snapshot.Covers(position));

    private NpgsqlCommand CreateProbe(FactsState state)
    {
        var known = lineage.Known;
        var command = source.CreateCommand(ProbeSql);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = known.Generation });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = known.Mark });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = state is { Position: not null, Mark: not null } ? state.Generation : LineageMark.None.Generation });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = state.Mark ?? Guid.Empty });
        return command;
    }

    private void Note(Probe probe, int chain)
    {
        lock (_pending)
        {
            if (chain != _chain)
            {
                // It has not verified the state that came meanwhile.
                return;
            }

            // The oldest is covered first: a feed that is far behind would never reach one that is thrown away for a newer.
            if (_pending.Count < MaxPendingProbes)
            {
                _pending.Enqueue(probe);
                TellOldest();
            }
            else
            {
                delay.HeartbeatOverflowed();
            }
        }
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
            cached = await ReadVouchedStateAsync(limit.Token);
            contact.RedisAnswered();
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

        await AdoptAsync(cached, _servers!.Breaks, cancellation);
        if (holder.Current.RegisterAge(time) > settings.ProbeInterval * MaxRegisterProbes)
        {
            // The feed stands still, and checks go to the database: the register must not be read anew for each.
            await ReadRegisterFromDatabaseAsync(cancellation);
        }
    }

    /// <summary>The state, or null when there is none or it speaks of other servers than those that this instance reads from.</summary>
    private async Task<FeedState?> ReadVouchedStateAsync(CancellationToken cancellation)
    {
        var isVerified = _servers is { } known && known.Breaks == cache.Breaks && time.GetElapsedTime(_serversVerified) < ServersCheckInterval;
        if (!isVerified)
        {
            await VerifyServersAsync(cancellation);
        }

        var state = await cache.ReadStateAsync(cancellation);
        if (state is null || state.Servers == _servers!.Identity)
        {
            return state;
        }

        if (isVerified && time.GetElapsedTime(_serversVerified) > ServersCheckPause)
        {
            await VerifyServersAsync(cancellation);
        }

        if (state.Servers == _servers.Identity)
        {
            return state;
        }

        // A primary that another has taken the place of may answer for long.
        cache.RefreshTopology();
        return null;
    }

    private async Task VerifyServersAsync(CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        _servers = null;
        _servers = await cache.VerifyServersAsync(cancellation);
        _serversVerified = started;
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
        var freshAsOf = _isDatabaseBehind || !isAhead ? null : TakeCovered(cached) ?? state.CacheFreshAsOf;
        // How fresh one register is says nothing of another that takes its place.
        var registerFreshAsOf = isSameGeneration && ReferenceEquals(register, state.Register) ? state.RegisterFreshAsOf : null;
        if (register.Version >= cached.RegisterVersion)
        {
            registerFreshAsOf = Later(freshAsOf, registerFreshAsOf);
        }

        Publish(new FactsState(cached.Generation, cached.Snapshot, register, freshAsOf, registerFreshAsOf, breaks) { Mark = cached.Mark });
        if (!isAhead)
        {
            BeginChain(cached.Generation);
        }
    }

    /// <summary>
    /// A state that does not follow from the one held rests on its mark: only a probe that finds it in the database
    /// may make it fresh. The states that follow are of the same chain.
    /// </summary>
    private void BeginChain(string generation)
    {
        lock (_pending)
        {
            Volatile.Write(ref _chain, _chain + 1);
            while (_pending.TryDequeue(out var probe))
            {
                if (probe.Generation != generation)
                {
                    delay.HeartbeatReplaced();
                }
            }

            TellOldest();
        }

        Release(_probeAtOnce);
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

    /// <summary>The time of the latest probe whose snapshot the feed has covered.</summary>
    private long? TakeCovered(FeedState cached)
    {
        long? latest = null;
        lock (_pending)
        {
            while (_pending.TryPeek(out var probe))
            {
                var isOfThis = probe.Generation == cached.Generation;
                if (isOfThis && !cached.Snapshot.Covers(probe.Snapshot))
                {
                    break;
                }

                _pending.Dequeue();
                if (isOfThis)
                {
                    latest = probe.Timestamp;
                    delay.HeartbeatCovered(probe.Timestamp);
                }
                else
                {
                    delay.HeartbeatReplaced();
                }
            }

            TellOldest();
        }

        return latest;
    }

    private void TellOldest() => delay.SetOldestHeartbeat(_pending.TryPeek(out var oldest) ? oldest.Timestamp : null);

    private static long? Later(long? one, long? other) => one is { } a && other is { } b ? Math.Max(a, b) : one ?? other;

    private sealed record Probe(string Generation, SnapshotCursor Snapshot, long Timestamp);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Freshness: {Step} fails and is tried again for ever: {Cause}")]
        public static partial void Failed(ILogger logger, string step, string cause);

        [LoggerMessage(2, LogLevel.Information, "Freshness: {Step} works again")]
        public static partial void Recovered(ILogger logger, string step);
    }
}
