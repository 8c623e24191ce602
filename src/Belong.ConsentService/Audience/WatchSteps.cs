using Belong.Consent.V1;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Rules;
using Grpc.Core;
using Cause = Belong.Consent.V1.EverythingChanged.Types.Cause;

namespace Belong.ConsentService.Audience;

/// <summary>
/// What a watch tells next. Pass after pass it finds who changed since the position told last, and judges them by facts
/// that include the next position; a step is one page of a pass, or what changed in the register.
/// </summary>
internal sealed partial class WatchSteps(AudienceQuestion question, WatchContext context)
{
    /// <summary>Members in one event.</summary>
    private const int MaxEventMembers = 1_000;

    /// <summary>After so many tries in a row members are told of as they are: it may be their facts that cannot be read.</summary>
    private const int MaxUndecidedTries = 6;

    private const int MinBackoffMs = 50;
    private const int MaxBackoffMs = 1_000;

    /// <summary>The longest that a fact which begins or ends waits to be noticed.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(250);

    /// <summary>Between the beginnings of two passes, so that under load one takes what several moves of the cache brought.</summary>
    private static readonly TimeSpan MinPause = TimeSpan.FromMilliseconds(5);

    private static readonly TimeSpan MaxPause = TimeSpan.FromMilliseconds(100);

    /// <summary>A cache that has not moved for so long is not waited for: PostgreSQL tells.</summary>
    private static readonly TimeSpan CachePatience = TimeSpan.FromSeconds(5);

    /// <summary>How far the clock of the instance that gave the position may have been ahead.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(5);

    private readonly TimeSpan _bound = context.Bounds.For(question.Request);
    private (Register Register, RegisterReach Reach)? _reach;

    /// <summary>Ends with an <see cref="RpcException"/> only when what happened since the position cannot be told; other failures are backed off from.</summary>
    public async Task<WatchStep> NextAsync(WatchProgress progress, CancellationToken cancellation)
    {
        try
        {
            var step = progress.Told is { } told ? await AdvanceAsync(progress, told, cancellation) : await BeginAsync(progress, cancellation);
            if (progress.Failures > 0)
            {
                Log.Recovered(context.Logger);
            }

            return step with { Progress = step.Progress with { Failures = 0, Undecided = 0 } };
        }
        catch (Exception e) when (e is not RpcException && !cancellation.IsCancellationRequested)
        {
            context.Counters.Fail();
            if (progress.Failures == 0)
            {
                Log.Failed(context.Logger, e.Message);
            }

            await BackOffAsync(progress.Failures, cancellation);
            return new WatchStep(progress with { Failures = progress.Failures + 1, Undecided = e is UndecidedException ? progress.Undecided + 1 : 0 }, []);
        }
    }

    private Task BackOffAsync(int failures, CancellationToken cancellation)
    {
        var mostMs = Math.Min(MinBackoffMs << Math.Min(failures, 10), MaxBackoffMs);
        return Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(mostMs / 2, mostMs + 1)), context.Time, cancellation);
    }

    private async Task<WatchStep> BeginAsync(WatchProgress progress, CancellationToken cancellation)
    {
        var position = await context.Positions.FindAsync(question, since: null, cancellation)
            ?? throw new FactsUnreadableException("neither the cache nor PostgreSQL says where it is");
        return new WatchStep(progress with { Told = position, RegisterAt = position.At }, []);
    }

    private async Task<WatchStep> AdvanceAsync(WatchProgress progress, ListPosition told, CancellationToken cancellation)
    {
        if (progress.Pass is null && progress.AsOf is not null)
        {
            await WaitForWorkAsync(progress, cancellation);
        }

        var state = context.Holder.Current;
        var now = Now();
        var cause = CheckRegister(ref progress, told, state, now);
        told = progress.Told!;
        if (cause is { } changed)
        {
            context.Counters.TellEverything();
            var message = new EverythingChanged { Cause = changed, Position = told.ToString() };
            return new WatchStep(progress, [new WatchDecisionsResponse { EverythingChanged = message }]);
        }

        return await ReadPageAsync(progress, told, progress.Pass ?? BeginPass(progress, told, state, now), state, cancellation);
    }

    private async Task WaitForWorkAsync(WatchProgress progress, CancellationToken cancellation)
    {
        await context.Holder.WaitForChangeAsync(progress.Seen)
            .WaitAsync(LongestWait, context.Time, cancellation)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellation.ThrowIfCancellationRequested();
        var pause = context.Time.GetElapsedTime(context.Time.GetTimestamp(), progress.NextPass);
        if (pause > TimeSpan.Zero)
        {
            await Task.Delay(pause, context.Time, cancellation);
        }
    }

    /// <summary>What has changed in the register that the answers of all rest on; null when nothing has, or it cannot be told yet.</summary>
    private Cause? CheckRegister(ref WatchProgress progress, ListPosition told, FactsState state, Instant now)
    {
        if (state.Generation != told.Generation || state.RegisterFreshAsOf is null || state.Register.Version < told.Register.Version)
        {
            return null;
        }

        if (!ReferenceEquals(_reach?.Register, state.Register))
        {
            _reach = (state.Register, RegisterReach.Of(question.Request, state.Register));
        }

        var reach = _reach!.Value.Reach;
        var seen = new RegisterSeen(state.Register.Version, reach.Print);
        var isTime = reach.HasInstant(progress.RegisterAt, now);
        progress = progress with { Told = told with { Register = seen }, RegisterAt = now, RegisterAsOf = state.RegisterFreshAsOf };
        return !told.Register.IsUnchangedIn(seen) ? Cause.RegisterChanged : isTime ? Cause.RegisterTime : null;
    }

    private WatchPass BeginPass(WatchProgress progress, ListPosition told, FactsState state, Instant now)
    {
        // On a clock that went back what is to come is told again.
        var from = progress.AsOf is null ? told.At.Plus(-ClockSkew) : told.At;
        var cursor = ChangedCursor.From(from < now ? from : now);
        var started = context.Time.GetTimestamp();
        return IsCacheToBeFollowed(state, told)
            ? new WatchPass(state.Position, state.CacheFreshAsOf!.Value, now, cursor, started)
            : new WatchPass(null, started, now, cursor, started);
    }

    private bool IsCacheToBeFollowed(FactsState state, ListPosition told)
    {
        var age = state.CacheAge(context.Time);
        return state.Generation == told.Generation && state.CacheBreaks == context.Cache.Breaks
            && age <= _bound && age <= CachePatience
            && (state.Position?.Covers(told.Snapshot) ?? false);
    }

    private async Task<WatchStep> ReadPageAsync(WatchProgress progress, ListPosition told, WatchPass pass, FactsState state, CancellationToken cancellation)
    {
        var page = await context.Changed.ReadAsync(told.Snapshot, pass.Now, pass.Cursor, cancellation);
        RequireSameDatabase(told, page);
        var target = pass.Target ?? page.Database.Snapshot;
        if (!page.IsVouched || !page.Database.Snapshot.Covers(told.Snapshot) || !page.Database.Snapshot.Covers(target))
        {
            throw new FactsUnreadableException("PostgreSQL may have been put back to an earlier time");
        }

        var events = await JudgeAsync(page.Ids, new FactsCover(told.Generation, target, told.Register.Version), progress.Undecided, cancellation);
        var hasTold = pass.HasTold || events.Count > 0;
        if (!page.IsLast)
        {
            pass = pass with { Target = target, Cursor = page.Next, HasMore = true, HasTold = hasTold };
            return new WatchStep(progress with { Pass = pass, Seen = state }, events);
        }

        var next = progress with
        {
            Told = told with { Snapshot = target, At = pass.Now },
            AsOf = pass.AsOf,
            Pass = null,
            Seen = state,
            NextPass = AfterPause(pass.Started),
        };
        return new WatchStep(next, events, IsCaughtUp: hasTold || progress.AsOf is null);
    }

    /// <summary>A pass that takes longer is followed by a longer rest, so that many watches leave room for checks.</summary>
    private long AfterPause(long started)
    {
        var pause = context.Time.GetElapsedTime(started) * 3;
        pause = pause < MinPause ? MinPause : pause > MaxPause ? MaxPause : pause;
        return started + (long)(pause.TotalSeconds * context.Time.TimestampFrequency);
    }

    private async Task<List<WatchDecisionsResponse>> JudgeAsync(IReadOnlyList<string> ids, FactsCover cover, int undecidedTries, CancellationToken cancellation)
    {
        var events = new List<WatchDecisionsResponse>();
        foreach (var some in ids.Chunk(MaxEventMembers))
        {
            var verdicts = await context.Judge.JudgeAsync(question, some, cover, default, cancellation);
            if (verdicts.Tally.UndecidedCount > 0 && undecidedTries < MaxUndecidedTries)
            {
                throw new UndecidedException();
            }

            events.Add(new WatchDecisionsResponse { MembersChanged = Write(some, verdicts) });
            context.Counters.TellMembers(some.Length);
        }

        return events;
    }

    private MembersChanged Write(string[] ids, Verdicts verdicts)
    {
        var message = new MembersChanged
        {
            Allowed = VerdictWriter.WriteAllowed(verdicts),
            PrimaryReasons = VerdictWriter.WritePrimaryReasons(verdicts, question.Detail),
            EvaluatedAt = VerdictWriter.Write(verdicts.EvaluatedAt),
        };
        message.MemberIds.AddRange(ids);
        VerdictWriter.WriteRefused(verdicts, question.Detail, message.Refused);
        return message;
    }

    private static void RequireSameDatabase(ListPosition told, ChangedPage page)
    {
        if (page.Database.Generation != told.Generation)
        {
            throw ListPositions.Replaced(told, page.Database.Generation);
        }
    }

    private Instant Now() => Instant.From(context.Time.GetUtcNow());

    /// <summary>Facts of members could not be read: they are judged again.</summary>
    private sealed class UndecidedException() : Exception("facts of members that changed cannot be read");

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "A watch cannot see what changed, and tries again for ever: {Cause}")]
        public static partial void Failed(ILogger logger, string cause);

        [LoggerMessage(2, LogLevel.Information, "A watch sees again what changed")]
        public static partial void Recovered(ILogger logger);
    }
}
