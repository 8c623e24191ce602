using System.Globalization;
using Belong.Consent.V1;
using Belong.ConsentService.Dev.Chaos.Model;
using Belong.ConsentService.Dev.Chaos.Stores;
using Grpc.Core;

namespace Belong.ConsentService.Dev.Chaos.Load;

/// <summary>One watch over all its breaks, as its caller sees it: what it tells is held, and judged.</summary>
internal sealed class WatchedChain(LoadContext context, Question question)
{
    /// <summary>A message changes threads a few times on its way, and waits each time.</summary>
    private const int HopsPerMessage = 3;

    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(50);

    /// <summary>What came last is told with a violation.</summary>
    private const int MostNotes = 16;

    private readonly Queue<(long At, string What)> _notes = new(MostNotes);
    private readonly WatchedMembers _members = new(context.Model, question);
    private long _swept;

    /// <summary>Received last; empty before there is one.</summary>
    public string Position { get; set; } = "";

    /// <summary>The screening has begun, or goes on.</summary>
    public void Begin(ScreenStart start)
    {
        if (Position.Length == 0)
        {
            _members.Begin(context.Time.GetTimestamp());
        }
        else if (start.Position != Position)
        {
            context.Violations.Add("a screening went on from another position", question.ToString());
        }

        Position = start.Position;
    }

    public void Screen(int[] members, ChunkVerdicts verdicts, int instance)
    {
        Note(context.Time.GetTimestamp(), $"{members.Length} members screened on instance {instance}");
        for (var i = 0; i < members.Length; i++)
        {
            _members.Screen(members[i], HeldOf(verdicts.Allowed, verdicts.PrimaryReasons, i));
        }
    }

    public void Tell(MembersChanged changed, Call received)
    {
        Note(received.Answered, $"{changed.MemberIds.Count} members told on instance {received.Instance}, judged at {changed.EvaluatedAt.ToDateTime():HH:mm:ss.fff}");
        var longest = 0L;
        var refused = changed.Refused.ToDictionary(member => member.Index, member => member.Reasons);
        for (var i = 0; i < changed.MemberIds.Count; i++)
        {
            var member = int.Parse(changed.MemberIds[i].AsSpan(1), CultureInfo.InvariantCulture);
            var isAllowed = HeldOf(changed.Allowed, changed.PrimaryReasons, i);
            longest = Position.Length == 0 ? longest : Math.Max(longest, _members.Tell(member, isAllowed, received.Answered));
            var decision = new Decision { Outcome = isAllowed == true ? Outcome.Allow : Outcome.Deny, EvaluatedAt = changed.EvaluatedAt };
            decision.Reasons.Add(refused.TryGetValue(i, out var reasons) ? reasons : [(ReasonCode)changed.PrimaryReasons[i]]);
            context.TakeTold([new Inquiry(member, question).Answer(received, decision)]);
        }

        Count(new() { Events = 1, Members = changed.MemberIds.Count, LongestDelay = context.Time.GetElapsedTime(0, longest) });
    }

    public void Tell(EverythingChanged everything, Call received)
    {
        Note(received.Answered, $"everything told on instance {received.Instance}");
        _members.Forget(context.Time.GetTimestamp());
        Position = everything.Position;
        Count(new() { Events = 1, Everything = 1 });
    }

    public void Tell(WatchHeartbeat heartbeat, Call received, TimeSpan slack)
    {
        Note(received.Answered, $"heartbeat of {heartbeat.AgeMs} ms on instance {received.Instance}{(heartbeat.IsCurrent ? "" : ", not current")}");
        if (heartbeat.Position.Length > 0 && Position.Length == 0)
        {
            _members.Begin(received.Answered);
        }

        Position = heartbeat.Position.Length > 0 ? heartbeat.Position : Position;
        if (heartbeat.IsCurrent)
        {
            var age = TimeSpan.FromMilliseconds(heartbeat.AgeMs) + (slack * HopsPerMessage) + Grace;
            Compare(new WatchClaim(received.Answered - (long)(age.TotalSeconds * context.Time.TimestampFrequency), received.Answered), heartbeat, received);
        }
    }

    /// <summary>It goes on from the last position, or begins anew.</summary>
    public void End(RpcException e)
    {
        Note(context.Time.GetTimestamp(), $"ended: {e.StatusCode}");
        var isAnew = e.StatusCode is StatusCode.FailedPrecondition or StatusCode.Aborted;
        Position = isAnew ? "" : Position;
        Count(isAnew ? new() { Anew = 1 } : new() { Resumed = 1 });
        if (e.StatusCode == StatusCode.InvalidArgument || ServiceClient.IsAnsweredInternal(e))
        {
            context.Violations.Add("a watch was refused or failed", $"{question}: {e.StatusCode}: {e.Status.Detail}");
            Position = "";
        }
    }

    /// <summary>Whom faults show at each time, and all once a second.</summary>
    private void Compare(WatchClaim claim, WatchHeartbeat heartbeat, Call received)
    {
        var isDue = context.Time.GetElapsedTime(_swept, claim.Received) > TimeSpan.FromSeconds(1);
        _swept = isDue ? claim.Received : _swept;
        if (_members.FindRegisterFault(claim) is { } untold)
        {
            Add(untold, 0, claim, heartbeat, received);
            _members.Forget(claim.Received);
        }

        foreach (var member in isDue ? Enumerable.Range(0, context.Model.MemberCount) : context.Recent.Copy())
        {
            if (_members.FindFault(member, claim) is { } fault)
            {
                Add(fault, member, claim, heartbeat, received);
                // Once is enough.
                _members.Tell(member, null, claim.Received);
            }
        }

        Count(new() { Judged = 1 });
    }

    private void Add(string fault, int member, WatchClaim claim, WatchHeartbeat heartbeat, Call received)
    {
        Count(new() { Faults = 1 });
        context.Violations.Add($"{fault} (Watch)", member, claim, $"{_members.Describe(member)}, age {heartbeat.AgeMs} ms, on instance {received.Instance}", _notes, context.Model);
    }

    private void Note(long at, string what)
    {
        if (_notes.Count == MostNotes)
        {
            _notes.Dequeue();
        }

        _notes.Enqueue((at, what));
    }

    private void Count(WatchCounts counts) => context.Tally.Count(counts);

    /// <summary>Null when the facts could not be read.</summary>
    private static bool? HeldOf(Google.Protobuf.ByteString allowed, Google.Protobuf.ByteString primary, int index) =>
        (ReasonCode)primary[index] is ReasonCode.FactsUnavailable or ReasonCode.FactsStale ? null : (allowed[index / 8] & (1 << (index % 8))) != 0;
}
