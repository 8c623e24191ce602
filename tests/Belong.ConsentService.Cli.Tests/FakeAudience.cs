using System.Collections.Concurrent;
using Belong.Consent.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;

namespace Belong.ConsentService.Cli.Tests;

/// <summary>What the fake answers on lists, where it breaks, and what it was asked.</summary>
internal sealed class AudienceScript
{
    /// <summary>All reasons of a member, who is asked for the nth time, from 1.</summary>
    public Func<string, int, ReasonCode[]> Judge { get; set; } = static (_, _) => [ReasonCode.UsePermitted];

    /// <summary>What comes with the permission of a member.</summary>
    public Func<string, Obligation> Oblige { get; set; } = static _ => Obligation.RecheckAtSend;

    /// <summary>Of each stream in turn: after how many verdicts its connection is cut. A stream without one is not.</summary>
    public Queue<int> Cuts { get; } = new();

    /// <summary>What comes instead of a message; nothing: the message is left out.</summary>
    public Func<ScreenAudienceResponse, IEnumerable<ScreenAudienceResponse>> Tamper { get; set; } = static message => [message];

    /// <summary>Each ends a stream before its start.</summary>
    public Queue<Exception> Refusals { get; } = new();

    /// <summary>Ends a stream after its last verdicts.</summary>
    public Exception? ScreenError { get; set; }

    public Func<ScreenAudienceResponse, CancellationToken, Task> Before { get; set; } = static (_, _) => Task.CompletedTask;

    public List<AudienceHeader> Headers { get; } = [];

    /// <summary>With the header of each stream.</summary>
    public List<string> Positions { get; } = [];

    /// <summary>Chunks of each stream, as they were read.</summary>
    public List<List<string[]>> Streams { get; } = [];

    /// <summary>How often a verdict on a member was sent.</summary>
    public ConcurrentDictionary<string, int> Answered { get; } = new();

    public List<WatchDecisionsRequest> Watches { get; } = [];

    /// <summary>What each watch in turn tells before it ends as the last of them says; then comes one that is current.</summary>
    public Queue<WatchSession> Sessions { get; } = new();

    /// <summary>A watch that hangs says its last heartbeat again, so often; null: it says nothing.</summary>
    public TimeSpan? HeartbeatEvery { get; set; }

    public static RpcException Restored() => Refusal(StatusCode.Aborted, "DATABASE_RESTORED", "PostgreSQL was put back to an earlier time");

    public static RpcException TooOld() => Refusal(StatusCode.FailedPrecondition, "POSITION_TOO_OLD", "position is too old to watch from");

    private static RpcException Refusal(StatusCode code, string reason, string sentence) => new Google.Rpc.Status
    {
        Code = (int)code,
        Message = sentence,
        Details = { Any.Pack(new ErrorInfo { Reason = reason, Domain = "consent.belong" }) },
    }.ToRpcException();
}

/// <summary>One call of WatchDecisions.</summary>
/// <param name="Events">What it tells.</param>
/// <param name="Error">How it ends; null: its connection is cut.</param>
/// <param name="Hangs">It says nothing more and does not end.</param>
/// <param name="Ends">It ends as if all were well.</param>
internal sealed record WatchSession(WatchDecisionsResponse[] Events, Exception? Error = null, bool Hangs = false, bool Ends = false);

internal sealed class FakeAudience(AudienceScript script) : ConsentAudience.ConsentAudienceBase
{
    private static readonly DateTime Now = new(2026, 4, 1, 0, 0, 0, DateTimeKind.Utc);

    public static WatchDecisionsResponse Heartbeat(string position, bool isCurrent = true) =>
        new() { Heartbeat = new WatchHeartbeat { Position = position, AgeMs = 12, IsCurrent = isCurrent } };

    public static WatchDecisionsResponse Everything(string position) => new()
    {
        EverythingChanged = new EverythingChanged { Position = position, Cause = EverythingChanged.Types.Cause.RegisterChanged },
    };

    public static WatchDecisionsResponse Changed(params (string Member, ReasonCode[] Reasons)[] members)
    {
        var changed = new MembersChanged { EvaluatedAt = Timestamp.FromDateTime(Now), MemberIds = { members.Select(member => member.Member) } };
        var reasons = members.Select(member => member.Reasons).ToArray();
        (changed.Allowed, changed.PrimaryReasons) = (Bitmap(reasons), Primary(reasons));
        changed.Refused.Add(Refused(reasons));
        return new WatchDecisionsResponse { MembersChanged = changed };
    }

    public override async Task ScreenAudience(
        IAsyncStreamReader<ScreenAudienceRequest> requestStream, IServerStreamWriter<ScreenAudienceResponse> responseStream, ServerCallContext context)
    {
        await requestStream.MoveNext(context.CancellationToken);
        var (chunks, summary) = (new List<string[]>(), new ScreenSummary { IsComplete = true });
        script.Headers.Add(requestStream.Current.Header);
        script.Positions.Add(requestStream.Current.Position);
        script.Streams.Add(chunks);
        if (script.Refusals.TryDequeue(out var refusal))
        {
            throw refusal;
        }

        var cut = script.Cuts.TryDequeue(out var after) ? after : int.MaxValue;
        summary.Position = script.Positions[^1].Length > 0 ? script.Positions[^1] : $"P{script.Streams.Count}";
        await SendAsync(responseStream, new ScreenAudienceResponse { Start = new ScreenStart { Position = summary.Position } }, context);
        while (await CutAsync(chunks.Count >= cut, context) && await requestStream.MoveNext(context.CancellationToken))
        {
            chunks.Add([.. requestStream.Current.Chunk.MemberIds]);
            await SendAsync(responseStream, Answer(chunks, summary, script.Headers[^1].Reasons), context);
        }

        if (script.ScreenError is not null)
        {
            throw script.ScreenError;
        }

        await SendAsync(responseStream, new ScreenAudienceResponse { Summary = summary }, context);
    }

    public override async Task WatchDecisions(
        WatchDecisionsRequest request, IServerStreamWriter<WatchDecisionsResponse> responseStream, ServerCallContext context)
    {
        script.Watches.Add(request);
        var session = script.Sessions.TryDequeue(out var next) ? next : new WatchSession([Heartbeat(request.Position)], Hangs: true);
        foreach (var message in session.Events)
        {
            if (request.Header.Reasons != ReasonDetail.All)
            {
                message.MembersChanged?.Refused.Clear();
            }

            await responseStream.WriteAsync(message, context.CancellationToken);
        }

        if (session.Ends)
        {
            return;
        }

        while (session.Hangs && script.HeartbeatEvery is { } pause)
        {
            await Task.Delay(pause, context.CancellationToken);
            await responseStream.WriteAsync(session.Events[^1].Heartbeat is null ? Heartbeat(request.Position) : session.Events[^1], context.CancellationToken);
        }

        await Task.Delay(session.Hangs ? Timeout.Infinite : 0, context.CancellationToken);
        await CutAsync(session.Error is null, context);
        throw session.Error!;
    }

    private async Task SendAsync(IServerStreamWriter<ScreenAudienceResponse> stream, ScreenAudienceResponse message, ServerCallContext context)
    {
        await script.Before(message, context.CancellationToken);
        foreach (var sent in script.Tamper(message))
        {
            await stream.WriteAsync(sent, context.CancellationToken);
        }
    }

    private ScreenAudienceResponse Answer(List<string[]> chunks, ScreenSummary summary, ReasonDetail detail)
    {
        var reasons = chunks[^1].Select(id => script.Judge(id, script.Answered.AddOrUpdate(id, 1, (_, count) => count + 1))).ToArray();
        var verdicts = new ChunkVerdicts
        {
            Chunk = chunks.Count - 1,
            MemberCount = reasons.Length,
            Allowed = Bitmap(reasons),
            PrimaryReasons = Primary(reasons),
            EvaluatedAt = Timestamp.FromDateTime(Now),
        };
        if (detail == ReasonDetail.All)
        {
            verdicts.Refused.Add(Refused(reasons));
        }

        if (reasons.Any(IsAllowed))
        {
            verdicts.ValidUntil = Timestamp.FromDateTime(Now.AddMinutes(chunks.Count));
            summary.ValidUntil ??= verdicts.ValidUntil;
        }

        verdicts.Obligations.Add(chunks[^1].Where((_, i) => IsAllowed(reasons[i])).Select(script.Oblige).Distinct());
        summary.Obligations.Add(verdicts.Obligations.Except(summary.Obligations).ToList());
        Count(summary, reasons);
        return new ScreenAudienceResponse { Verdicts = verdicts };
    }

    private static void Count(ScreenSummary summary, ReasonCode[][] reasons)
    {
        summary.MemberCount += reasons.Length;
        summary.AllowedCount += reasons.Count(IsAllowed);
        summary.UndecidedCount += reasons.Count(all => all[0] is ReasonCode.FactsUnavailable or ReasonCode.FactsStale);
        summary.IsComplete = summary.UndecidedCount == 0;
        var totals = summary.Totals.ToDictionary(total => total.Reason, total => total.MemberCount);
        foreach (var all in reasons)
        {
            totals[all[0]] = totals.GetValueOrDefault(all[0]) + 1;
        }

        summary.Totals.Clear();
        summary.Totals.Add(totals.OrderBy(total => total.Key).Select(total => new ReasonTotal { Reason = total.Key, MemberCount = total.Value }));
    }

    private static bool IsAllowed(ReasonCode[] reasons) => reasons[0] == ReasonCode.UsePermitted;

    private static ByteString Bitmap(ReasonCode[][] reasons)
    {
        var bits = new byte[(reasons.Length + 7) / 8];
        for (var i = 0; i < reasons.Length; i++)
        {
            bits[i / 8] |= (byte)(IsAllowed(reasons[i]) ? 1 << (i % 8) : 0);
        }

        return ByteString.CopyFrom(bits);
    }

    private static ByteString Primary(ReasonCode[][] reasons) => ByteString.CopyFrom([.. reasons.Select(all => (byte)all[0])]);

    private static IEnumerable<RefusedMember> Refused(ReasonCode[][] reasons) =>
        reasons.Select((all, index) => new RefusedMember { Index = index, Reasons = { all } }).Where((_, index) => !IsAllowed(reasons[index]));

    /// <summary>As a service that is killed: no status, no trailers.</summary>
    private static async Task<bool> CutAsync(bool now, ServerCallContext context)
    {
        if (now)
        {
            context.GetHttpContext().Abort();
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
        }

        return true;
    }
}
