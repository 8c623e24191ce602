using Belong.ConsentService.Cache;
using Belong.ConsentService.Database;
using Belong.ConsentService.Rules;
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
/// Reads what a check needs: one GET in the cache; PostgreSQL where the cache misses, fails, is older
/// than the bound or does not include a demanded write. What cannot be read is told, never guessed.
/// </summary>
public sealed class FactsLookup(
    FactsStateHolder holder, FactsCache cache, CacheBreaker breaker, CacheFills fills, DatabaseReads database, LookupSettings settings, LookupCounters counters, TimeProvider time)
{
    /// <summary>Read in place of a member for anonymised data: no id can be empty, so that nothing is there.</summary>
    private const string AnonymousProbe = "";

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
        var reading = Begin(memberId, bound, end);
        await reading.Ended;
        return TryEnd(reading, demanded, out var found, out var cached)
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

        if (!IsAnswer(cached.Outcome, reading.MemberId) || !Covers(state, reading.MemberId, cached.Facts, demanded))
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
        if (state.RegisterFreshAsOf is not null && (demanded is not { IsRegister: true } || HasRegister(state, demanded)))
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
            var member = await ReadAndFillAsync(state, memberId, demanded, cached, end, cancellation);
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

    private async ValueTask<DatabaseRead> ReadAndFillAsync(FactsState state, string? memberId, FactsToken? demanded, MemberRead cached, AnswerTime end, CancellationToken cancellation)
    {
        if (await TryReserveAsync(state, memberId, cached, end, cancellation) is not { } reservation)
        {
            return await ReadMemberAsync(memberId, demanded, cached, end, cancellation);
        }

        var reservedAt = time.GetTimestamp();
        var isToFill = false;
        DatabaseRead member = default;
        try
        {
            member = await ReadMemberAsync(memberId, demanded, cached, end, cancellation);
            // A read that others had begun before may not know of every write that the mark does not stand for.
            isToFill = member.Begun >= reservedAt && !member.LacksDemanded;
            return member;
        }
        finally
        {
            if (state.CacheBreaks == cache.Breaks)
            {
                fills.End(reservation, isToFill, member.Facts);
            }
        }
    }

    /// <summary>Null when nothing is to be filled, or by somebody else.</summary>
    private ValueTask<MemberReservation?> TryReserveAsync(FactsState state, string? memberId, in MemberRead cached, AnswerTime end, CancellationToken cancellation)
    {
        if (memberId is null || cached.Outcome == ReadOutcome.Unavailable || cached.IsReserved)
        {
            return default;
        }

        // A sound value that only lacks a demanded write serves others meanwhile, and is like no other by its version.
        return cached.Outcome is ReadOutcome.Hit or ReadOutcome.NoSuchMember
            ? new(new MemberReservation(state.Generation, memberId, MemberValue.Encode(memberId, cached.Facts), IsMark: false))
            : fills.TryReserveAsync(state.Generation, memberId, cached.Damaged, end.ForCache(settings.CacheTimeout), cancellation);
    }

    private async ValueTask<DatabaseRead> ReadMemberAsync(string? memberId, FactsToken? demanded, MemberRead cached, AnswerTime end, CancellationToken cancellation)
    {
        var patience = end.ForDatabase(settings.DatabaseTimeout);
        if (demanded is not null)
        {
            var read = await database.ReadAnewAsync(memberId ?? AnonymousProbe, demanded, patience, cancellation);
            return IsOf(memberId, demanded) && (read.Facts is null || read.Facts.Version < demanded.Version) ? read with { LacksDemanded = true } : read;
        }

        if (memberId is null)
        {
            return new DatabaseRead(null, time.GetTimestamp());
        }

        // A damaged value may have kept a write out that a read of others does not know yet.
        return cached.Damaged is null
            ? await database.ReadAsync(memberId, patience, cancellation)
            : await database.ReadAnewAsync(memberId, null, patience, cancellation);
    }

    /// <summary>The register in memory while it is fresh enough, else as the database has it now.</summary>
    internal async ValueTask<(Register Register, TimeSpan Age)> ReadRegisterAsync(FactsState state, bool mustRead, TimeSpan bound, FactsToken? demanded, AnswerTime end, CancellationToken cancellation)
    {
        var age = state.RegisterAge(time);
        var covers = demanded is not { IsRegister: true } || HasRegister(state, demanded);
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

        var lacksDemanded = !Covers(state, memberId, read.Facts, demanded);
        return read.Outcome != ReadOutcome.Unavailable && (age > bound || lacksDemanded)
            ? new LookupResult(new FactsView(true, age, null, state.Register, lacksDemanded), FactsOrigin.None)
            : unreadable;
    }

    /// <summary>Whether what was read includes the demanded write.</summary>
    private static bool Covers(FactsState state, string? memberId, MemberFacts? facts, FactsToken? demanded)
    {
        if (demanded is null)
        {
            return true;
        }

        if (demanded.IsRegister)
        {
            return HasRegister(state, demanded);
        }

        // Transactions and versions of another generation are other ones. A crash can give a number out again that
        // was seen before; the version of the member itself cannot deceive.
        return demanded.Generation == state.Generation && (IsOf(memberId, demanded)
            ? facts is not null && facts.Version >= demanded.Version
            : state.Position?.Sees(demanded.Xid) ?? false);
    }

    private static bool HasRegister(FactsState state, FactsToken demanded) =>
        demanded.Generation == state.Generation && state.Register.Version >= demanded.Version;

    private static bool IsOf(string? memberId, FactsToken demanded) =>
        memberId is not null && demanded.Version > 0 && demanded.SubjectHash == FactsToken.HashOf(memberId);

    private static TimeSpan Older(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
