using Belong.ConsentService.Lookup;
using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Audience;

/// <summary>Finds where the facts are that a list is about to be judged by.</summary>
public sealed class ListPositions(FactsStateHolder holder, DatabaseReads database, FreshnessBounds bounds, LookupSettings settings, TimeProvider time)
{
    private static readonly TimeSpan TokenPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan TokenPause = TimeSpan.FromMilliseconds(5);

    /// <summary>
    /// The position of the cache, or of PostgreSQL where the cache is too old or lacks a demanded write; null when
    /// neither can be read, or the write is nowhere.
    /// </summary>
    public async ValueTask<ListPosition?> FindAsync(AudienceQuestion question, CancellationToken cancellation)
    {
        var now = Instant.From(time.GetUtcNow());
        await WaitForDemandedAsync(question, cancellation);
        var state = holder.Current;
        var register = RegisterOf(question, state);
        if (state.Position is { } position && state.CacheAge(time) <= bounds.For(question.Request) && Includes(question, state))
        {
            return new ListPosition(state.Generation, position, now, register);
        }

        try
        {
            var read = await database.ReadPositionAsync(settings.DatabaseTimeout, cancellation);
            var includes = question.Demanded is not { } demanded || (!demanded.IsRegister && demanded.Generation == read.Generation && read.Snapshot.Sees(demanded.Xid));
            return includes ? new ListPosition(read.Generation, read.Snapshot, now, register) : null;
        }
        catch (Exception e) when (e is FactsUnreadableException or Grpc.Core.RpcException)
        {
            return null;
        }
    }

    /// <summary>A write that was just made is in the cache in a few milliseconds.</summary>
    private async ValueTask WaitForDemandedAsync(AudienceQuestion question, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        while (!Includes(question, holder.Current) && time.GetElapsedTime(started) < TokenPatience)
        {
            await Task.Delay(TokenPause, time, cancellation);
        }
    }

    private static bool Includes(AudienceQuestion question, FactsState state) => question.Demanded is not { } demanded
        || (demanded.Generation == state.Generation
            && (state.Position?.Sees(demanded.Xid) ?? false)
            && (!demanded.IsRegister || state.Register.Version >= demanded.Version));

    private static RegisterSeen RegisterOf(AudienceQuestion question, FactsState state) => state.RegisterFreshAsOf is null
        ? default
        : new RegisterSeen(state.Register.Version, RegisterReach.Of(question.Request, state.Register).Print);
}
