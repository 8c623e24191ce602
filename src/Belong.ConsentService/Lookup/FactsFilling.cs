using Belong.ConsentService.Cache;
using Belong.ConsentService.Database;

namespace Belong.ConsentService.Lookup;

/// <summary>Reads in PostgreSQL what the cache could not answer, and fills the cache with it. Its place there is reserved before.</summary>
public sealed class FactsFilling(FactsCache cache, CacheFills fills, DatabaseReads database, LookupSettings settings, TimeProvider time)
{
    /// <summary>A member as PostgreSQL has it, which is put into the cache where it is missing or damaged there.</summary>
    /// <param name="cached">What the cache had.</param>
    /// <exception cref="FactsUnreadableException">PostgreSQL does not answer in time.</exception>
    public async ValueTask<DatabaseRead> ReadAsync(FactsState state, string? memberId, FactsToken? demanded, MemberRead cached, AnswerTime end, CancellationToken cancellation)
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
            var read = await database.ReadAnewAsync(memberId ?? FactsLookup.AnonymousProbe, demanded, patience, cancellation);
            return Demand.IsOf(memberId, demanded) && (read.Facts is null || read.Facts.Version < demanded.Version) ? read with { LacksDemanded = true } : read;
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
}
