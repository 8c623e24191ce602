using System.Globalization;
using Belong.ConsentService.Database;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Rules;
using Grpc.Core;

namespace Belong.ConsentService.Audience;

/// <summary>Finds where the facts are that a list is about to be judged by, and reads positions that callers bring.</summary>
public sealed class ListPositions(
    FactsStateHolder holder, DatabaseReads database, FreshnessBounds bounds, LookupSettings lookup, AudienceSettings audience, TimeProvider time)
{
    private const int ShownLength = 80;

    /// <summary>A position that is further ahead was never given.</summary>
    private static readonly TimeSpan MaxClockSkew = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    /// <exception cref="RpcException">INVALID_ARGUMENT: it is no position; FAILED_PRECONDITION: it is too old.</exception>
    public ListPosition Read(string text)
    {
        if (!ListPosition.TryParse(text, out var position))
        {
            throw Refusal.Field("position", Show(text), "a position that ScreenAudience or WatchDecisions gave is allowed");
        }

        var now = Instant.From(time.GetUtcNow());
        if (position.At > now.Plus(MaxClockSkew))
        {
            throw Refusal.Field("position", $"of {position.At}", $"a position that is not of the future is allowed; now is {now}");
        }

        return position.At >= now.Plus(-TimeSpan.FromSeconds(audience.MaxPositionAgeSeconds))
            ? position
            : throw TooOld(string.Create(CultureInfo.InvariantCulture,
                $"position is of {position.At}: what happened since is told for {audience.MaxPositionAgeSeconds} s, the most that Consent:Audience:MaxPositionAgeSeconds allows; screen the list again"));
    }

    /// <summary>FAILED_PRECONDITION: only a new screening helps.</summary>
    public static RpcException TooOld(string sentence) => Refusal.Of(StatusCode.FailedPrecondition, "POSITION_TOO_OLD", sentence);

    /// <summary>The database that a position is of is there no more.</summary>
    public static RpcException Replaced(ListPosition position, string generation) => TooOld(
        $"position is of the database {position.Generation}, which is {generation} by now: PostgreSQL was put back or replaced, and what happened since cannot be told; screen the list again");

    /// <summary>
    /// The position of the cache, or of PostgreSQL where the cache is too old or lacks what is demanded; null when
    /// neither can be read, or what is demanded is nowhere.
    /// </summary>
    /// <param name="since">Of an earlier part of the list, which is found again when the facts include it; null for none.</param>
    /// <exception cref="RpcException">FAILED_PRECONDITION: <paramref name="since"/> is of another database.</exception>
    public async ValueTask<ListPosition?> FindAsync(AudienceQuestion question, ListPosition? since, CancellationToken cancellation)
    {
        var now = Instant.From(time.GetUtcNow());
        await WaitForDemandedAsync(question, since, cancellation);
        var state = holder.Current;
        if (state.Position is { } position && state.CacheAge(time) <= bounds.For(question.Request) && Includes(question, since, state))
        {
            return since ?? new ListPosition(state.Generation, position, now, RegisterOf(question, state, state.Generation));
        }

        if (await TryReadDatabaseAsync(cancellation) is not { } read)
        {
            return null;
        }

        // What this instance knows of the database may be older than the position: only the database can tell.
        if (since is not null && read.Generation != since.Generation)
        {
            throw Replaced(since, read.Generation);
        }

        return Includes(question, since, read) ? since ?? new ListPosition(read.Generation, read.Snapshot, now, RegisterOf(question, state, read.Generation)) : null;
    }

    private async ValueTask<DatabasePosition?> TryReadDatabaseAsync(CancellationToken cancellation)
    {
        try
        {
            return await database.ReadPositionAsync(lookup.DatabaseTimeout, cancellation);
        }
        catch (Exception e) when (e is FactsUnreadableException or RpcException)
        {
            return null;
        }
    }

    /// <summary>A write that was just made is in the cache in a few milliseconds.</summary>
    private async ValueTask WaitForDemandedAsync(AudienceQuestion question, ListPosition? since, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        while (!Includes(question, since, holder.Current) && time.GetElapsedTime(started) < Patience)
        {
            await Task.Delay(Pause, time, cancellation);
        }
    }

    private static bool Includes(AudienceQuestion question, ListPosition? since, FactsState state) => (since?.ToCover().IsIn(state) ?? true)
        && (question.Demanded is not { } demanded
            || (demanded.Generation == state.Generation
                && (state.Position?.Sees(demanded.Xid) ?? false)
                && (!demanded.IsRegister || state.Register.Version >= demanded.Version)));

    private static bool Includes(AudienceQuestion question, ListPosition? since, DatabasePosition read) => (since?.ToCover().IsIn(read) ?? true)
        && (question.Demanded is not { } demanded || (!demanded.IsRegister && demanded.Generation == read.Generation && read.Snapshot.Sees(demanded.Xid)));

    /// <summary>Nothing where it is not known, or known of another database: versions of one say nothing of another.</summary>
    private static RegisterSeen RegisterOf(AudienceQuestion question, FactsState state, string generation) => state.RegisterFreshAsOf is null || state.Generation != generation
        ? default
        : new RegisterSeen(state.Register.Version, RegisterReach.Of(question.Request, state.Register).Print);

    /// <summary>Readable on one line whatever it holds.</summary>
    private static string Show(string text)
    {
        var shown = text.Length > ShownLength ? text[..ShownLength] + "…" : text;
        return $"'{string.Concat(shown.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c))}'";
    }
}
