using Belong.Consent.V1;
using Belong.ConsentService.Access;
using Belong.ConsentService.Cache;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Rules;
using Grpc.Core;

namespace Belong.ConsentService.Audience;

/// <summary>What all watches share.</summary>
internal sealed record WatchContext(
    ChangedMembers Changed,
    AudienceJudge Judge,
    ListPositions Positions,
    FactsStateHolder Holder,
    FactsCache Cache,
    FreshnessBounds Bounds,
    WatchCounters Counters,
    TimeProvider Time,
    ILogger Logger);

/// <summary>
/// One watch: tells one step after the other, and only then moves on. The next is read and judged while heartbeats go on,
/// and nothing is read while the caller does not take what is written.
/// </summary>
internal sealed class DecisionWatch(AudienceQuestion question, WatchContext context, IServerStreamWriter<WatchDecisionsResponse> responses, StreamLease lease)
{
    /// <summary>At least so often a heartbeat comes.</summary>
    public const int HeartbeatMs = 1_000;

    private static readonly TimeSpan Heartbeat = TimeSpan.FromMilliseconds(HeartbeatMs);

    private readonly TimeSpan _bound = context.Bounds.For(question.Request);
    private readonly long _started = context.Time.GetTimestamp();
    private readonly WatchSteps _steps = new(question, context);

    /// <param name="from">Null to begin with what is now.</param>
    /// <exception cref="RpcException">What happened since the position cannot be told.</exception>
    public async Task RunAsync(ListPosition? from, CancellationToken cancellation)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var progress = new WatchProgress { Told = from, RegisterAt = from is null ? default : from.At.Plus(-WatchSteps.ClockSkew) };
        var step = _steps.NextAsync(progress, ending.Token);
        try
        {
            for (var beat = _started; ;)
            {
                await ((Task)step).WaitAsync(Left(beat), context.Time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                cancellation.ThrowIfCancellationRequested();
                var isCaughtUp = false;
                if (step.IsCompleted)
                {
                    (progress, isCaughtUp) = await TellAsync(await step, cancellation);
                    step = _steps.NextAsync(progress, ending.Token);
                }

                if (isCaughtUp || Left(beat) == TimeSpan.Zero)
                {
                    beat = context.Time.GetTimestamp();
                    await WriteAsync(new WatchDecisionsResponse { Heartbeat = BuildHeartbeat(progress) }, cancellation);
                    context.Counters.TellHeartbeat();
                }
            }
        }
        finally
        {
            await ending.CancelAsync();
            await ((Task)step).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private TimeSpan Left(long beat)
    {
        var left = Heartbeat - context.Time.GetElapsedTime(beat);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private async Task<(WatchProgress Progress, bool IsCaughtUp)> TellAsync(WatchStep step, CancellationToken cancellation)
    {
        foreach (var message in step.Events)
        {
            await WriteAsync(message, cancellation);
        }

        return (step.Progress, step.IsCaughtUp);
    }

    private async Task WriteAsync(WatchDecisionsResponse message, CancellationToken cancellation)
    {
        await lease.RequireAsync();
        // A write that is cancelled resets the call, and its status never comes.
        cancellation.ThrowIfCancellationRequested();
        await responses.WriteAsync(message, cancellation);
    }

    private WatchHeartbeat BuildHeartbeat(WatchProgress progress)
    {
        var age = AgeOf(progress);
        var state = context.Holder.Current;
        var hasRegister = progress.Told is { } told && state.Generation == told.Generation && state.Register.Version >= told.Register.Version;
        return new WatchHeartbeat
        {
            Position = progress.Told?.ToString() ?? "",
            AgeMs = (long)Math.Ceiling(age.TotalMilliseconds),
            IsCurrent = !progress.IsBehind && age <= _bound && hasRegister,
        };
    }

    /// <summary>
    /// Of the members or of the register, whichever is older. Before both are known only the clock tells how old a
    /// position is, and that it was not older than allowed then.
    /// </summary>
    private TimeSpan AgeOf(WatchProgress progress)
    {
        if (progress is { AsOf: { } members, RegisterAsOf: { } register })
        {
            return context.Time.GetElapsedTime(Math.Min(members, register));
        }

        var since = progress.Told is { } told
            ? TimeSpan.FromMicroseconds((Now().UnixNanoseconds - Math.Min(told.At.UnixNanoseconds, progress.RegisterAt.UnixNanoseconds)) / 1_000)
            : context.Time.GetElapsedTime(_started);
        return _bound + (since > TimeSpan.Zero ? since : TimeSpan.Zero);
    }

    private Instant Now() => Instant.From(context.Time.GetUtcNow());
}
