using Belong.ConsentService.Cache;
using Belong.ConsentService.Database;
using Belong.ConsentService.Rules;
using Belong.ConsentService.Tracing;
using StackExchange.Redis;

namespace Belong.ConsentService.Lookup;

/// <summary>Where a member's facts came from.</summary>
public enum FactsOrigin : byte
{
    None = 0,
    Cache = 1,
    Database = 2,
}

/// <summary>The facts for one check, and where they came from.</summary>
public readonly record struct LookupResult(FactsView View, FactsOrigin Origin);

/// <summary>
/// Reads what a check needs: one round trip to the cache; PostgreSQL where the cache misses, fails, is older
/// than the bound or does not include a demanded write. What cannot be read is told, never guessed.
/// </summary>
public sealed class FactsLookup(
    FactsStateHolder holder, FactsCache cache, CacheBreaker breaker, FactsFilling filling, DatabaseReads database, LookupSettings settings, LookupCounters counters, TimeProvider time)
{
    /// <summary>Read in place of a member for anonymised data: no id can be empty, so that nothing is there.</summary>
    internal const string AnonymousProbe = "";

    private static readonly MemberFacts ErasedForAllTime = new()
    {
        IsTombstone = true,
        Statuses = [new StatusFact(MemberStatus.Erased, null)],
    };

    /// <param name="memberId">Null for anonymised data: then it is only found out whether facts can be read.</param>
    /// <param name="bound">How old the facts may be.</param>
    /// <param name="demanded">A write that the facts must include.</param>
    public async ValueTask<LookupResult> ReadAsync(string? memberId, TimeSpan bound, FactsToken? demanded, AnswerTime end, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        var reading = Begin(memberId, bound, end);
        await reading.Ended;
        var isFound = TryEnd(reading, demanded, out var found, out var cached);
        if (ConsentTraces.IsTraced && reading.IsAsked)
        {
            ConsentTraces.NoteCacheRead("GET", time.GetElapsedTime(started), ConsentTraces.OutcomeOf(cached.Outcome), 1);
        }

        return isFound
            ? found
            : await ReadDatabaseAsync(reading, demanded, cached, end, cancellation);
    }

    /// <summary>Asks the cache, if it can be asked. <see cref="ReadAsync"/> in parts, for who would rather not await it.</summary>
    public FactsReading Begin(string? memberId, TimeSpan bound, AnswerTime end)
    {
        var state = holder.Current;
        if (state.CacheBreaks != cache.Breaks || state.Age(time) > bound || !IsCacheToBeAsked(state, memberId))
        {
            return new FactsReading(state, memberId, bound, TimeSpan.Zero, IsAsked: false, default);
        }

        var wait = end.ForCache(settings.CacheTimeout);
        return new FactsReading(state, memberId, bound, wait, IsAsked: true, cache.BeginRead(state.Generation, memberId ?? AnonymousProbe, wait));
    }

    /// <summary>False when the cache does not answer the check: then PostgreSQL is to be read.</summary>
    /// <param name="cached">What the cache did answer.</param>
    public bool TryEnd(in FactsReading reading, FactsToken? demanded, out LookupResult found, out MemberRead cached)
    {
        var state = reading.State;
        found = default;
        cached = reading.IsAsked ? cache.EndRead(reading.Get) : new MemberRead(ReadOutcome.Unavailable);
        if (!reading.IsAsked)
        {
            return false;
        }

        if (state.CacheBreaks != cache.Breaks)
        {
            // Another server than the state speaks of may have answered.
            cached = new MemberRead(ReadOutcome.Unavailable);
        }

        if (!IsAnswer(cached.Outcome, reading.MemberId) || !Demand.IsIn(state, reading.MemberId, cached.Facts, demanded))
        {
            NoteMiss(cached, reading.Wait);
            return false;
        }

        breaker.Answered();
        counters.Hit();
        found = new LookupResult(new FactsView(true, state.Age(time), cached.Facts, state.Register), FactsOrigin.Cache);
        return true;
    }

    /// <summary>What an erased member's facts were, for an audit of a time before the erasure.</summary>
    public async ValueTask<LookupResult> ReadErasedAsync(string memberId, LookupResult present, AnswerTime end, CancellationToken cancellation)
    {
        try
        {
            var facts = await database.ReadErasedAsync(memberId, end.ForDatabase(settings.DatabaseTimeout), cancellation);
            return present with { View = present.View with { Member = facts ?? ErasedForAllTime }, Origin = FactsOrigin.Database };
        }
        catch (FactsUnreadableException)
        {
            return new LookupResult(FactsView.Unreadable, FactsOrigin.None);
        }
    }

    /// <summary>The register, with a demanded write included; null when it cannot be read.</summary>
    public async ValueTask<Register?> ReadRegisterAsync(FactsToken? demanded, AnswerTime end, CancellationToken cancellation)
    {
        var state = holder.Current;
        if (state.RegisterFreshAsOf is not null && (demanded is not { IsRegister: true } || Demand.IsRegisterIn(state, demanded)))
        {
            return state.Register;
        }

        try
        {
            return await database.ReadRegisterAsync(end.ForDatabase(settings.DatabaseTimeout), cancellation);
        }
        catch (FactsUnreadableException)
        {
            return null;
        }
    }

    private static bool IsAnswer(ReadOutcome outcome, string? memberId) =>
        outcome is ReadOutcome.Hit or ReadOutcome.NoSuchMember || (memberId is null && outcome == ReadOutcome.Miss);

    /// <summary>False while Redis hangs; then it is tried beside the check, which does not wait for that.</summary>
    internal bool IsCacheToBeAsked(FactsState state, string? memberId)
    {
        if (!breaker.IsOpen)
        {
            return true;
        }

        if (breaker.BeginTrial())
        {
            _ = TryCacheAsync(state.Generation, memberId ?? AnonymousProbe);
        }

        return false;
    }

    private async Task TryCacheAsync(string generation, string memberId)
    {
        var isAnswered = false;
        try
        {
            isAnswered = (await cache.ReadMemberAsync(generation, memberId, settings.CacheTimeout)).Outcome != ReadOutcome.Unavailable;
        }
        finally
        {
            breaker.EndTrial(isAnswered);
        }
    }

    private void NoteMiss(in MemberRead cached, TimeSpan wait)
    {
        Note(cached, wait);
        if (cached.TimedOut && wait < settings.CacheTimeout)
        {
            counters.GiveCacheUp();
        }
        else
        {
            counters.Miss(cached.Outcome);
        }
    }

    private void Note(in MemberRead read, TimeSpan wait)
    {
        if (read.TimedOut)
        {
            breaker.TimedOut(wait);
        }
        else
        {
            breaker.Answered();
        }
    }

    /// <summary>What <see cref="TryEnd"/> did not find in the cache.</summary>
    public async ValueTask<LookupResult> ReadDatabaseAsync(FactsReading reading, FactsToken? demanded, MemberRead cached, AnswerTime end, CancellationToken cancellation)
    {
        var (state, memberId, bound) = (reading.State, reading.MemberId, reading.Bound);
        try
        {
            var member = await filling.ReadAsync(state, memberId, demanded, cached, end, cancellation);
            var register = await ReadRegisterAsync(state, memberId is null, bound, demanded, end, cancellation);
            counters.DatabaseRead();
            var age = Older(time.GetElapsedTime(member.Begun), register.Age);
            var lacksDemanded = member.LacksDemanded || (demanded is { IsRegister: true } && register.Register.Version < demanded.Version);
            return new LookupResult(new FactsView(true, age, member.Facts, register.Register, lacksDemanded), FactsOrigin.Database);
        }
        catch (FactsUnreadableException e)
        {
            if (e.IsShortOfTime)
            {
                counters.GiveDatabaseUp();
            }
            else
            {
                counters.DatabaseFailed();
            }

            return await DescribeFailureAsync(state, memberId, bound, demanded, cached, end);
        }
    }

    /// <summary>The register in memory while it is fresh enough, else as the database has it now.</summary>
    internal async ValueTask<(Register Register, TimeSpan Age)> ReadRegisterAsync(FactsState state, bool mustRead, TimeSpan bound, FactsToken? demanded, AnswerTime end, CancellationToken cancellation)
    {
        var age = state.RegisterAge(time);
        var covers = demanded is not { IsRegister: true } || Demand.IsRegisterIn(state, demanded);
        if (age <= bound && covers && !mustRead)
        {
            return (state.Register, age);
        }

        var begun = time.GetTimestamp();
        return (await database.ReadRegisterAsync(end.ForDatabase(settings.DatabaseTimeout), cancellation), time.GetElapsedTime(begun));
    }

    /// <summary>Stale when the cache still answers but is too old or lacks the demanded write; else unreadable.</summary>
    internal async ValueTask<LookupResult> DescribeFailureAsync(
        FactsState state, string? memberId, TimeSpan bound, FactsToken? demanded, MemberRead cached, AnswerTime end)
    {
        var unreadable = new LookupResult(FactsView.Unreadable, FactsOrigin.None);
        var age = state.Age(time);
        if (age == TimeSpan.MaxValue || !IsCacheToBeAsked(state, memberId))
        {
            return unreadable;
        }

        var read = cached;
        if (read.Outcome == ReadOutcome.Unavailable && !read.TimedOut)
        {
            var wait = end.ForReason(settings.CacheTimeout);
            read = await cache.ReadMemberAsync(state.Generation, memberId ?? AnonymousProbe, wait);
            Note(read, wait);
        }

        var lacksDemanded = !Demand.IsIn(state, memberId, read.Facts, demanded);
        return read.Outcome != ReadOutcome.Unavailable && (age > bound || lacksDemanded)
            ? new LookupResult(new FactsView(true, age, null, state.Register, lacksDemanded), FactsOrigin.None)
            : unreadable;
    }

    private static TimeSpan Older(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
