using Belong.Consent.V1;
using Belong.ConsentService.Dev.Chaos.Model;

namespace Belong.ConsentService.Dev.Chaos.Load;

/// <summary>One list on its way: what was sent, and what came back, each member judged as if asked when its chunk was sent.</summary>
internal sealed class ScreenedList(LoadContext context, Inquiry inquiry)
{
    private const string Broken = "a screening does not keep to its form";

    private readonly Lock _lock = new();
    private readonly List<(int[] Members, Call Call)> _sent = [];
    private bool _isCut;
    private int _judged;
    private long _members;
    private long _allowed;
    private long _undecided;
    private ScreenSummary? _summary;

    /// <summary>The member that the token may be of.</summary>
    public int First => inquiry.Member;

    public AudienceHeader WriteHeader() => Questions.WriteHeader(inquiry.Question, inquiry.Token);

    /// <summary>A chunk is about to be sent; false when the stream has ended.</summary>
    public bool TryBegin(int[] members, Call stream)
    {
        lock (_lock)
        {
            if (!_isCut)
            {
                _sent.Add((members, stream.Continue(context.Time)));
            }

            return !_isCut;
        }
    }

    public void Take(ScreenAudienceResponse part)
    {
        if (part.Verdicts is { } verdicts)
        {
            Take(verdicts);
        }
        else if (part.Summary is { } summary)
        {
            _summary = summary;
            Compare(summary);
        }
    }

    /// <summary>The stream has ended with status OK.</summary>
    public void End()
    {
        if (_summary is null)
        {
            context.Violations.Add(Broken, $"it ended without a summary: {Describe()}");
        }
    }

    /// <summary>The stream was cut: what was sent and not judged is not answered.</summary>
    public void Cut(Failure failure, Call stream)
    {
        List<(int[] Members, Call Call)> left;
        lock (_lock)
        {
            left = _sent.Count == 0 ? [([inquiry.Member], stream)] : _sent[_judged..];
            _isCut = true;
        }

        foreach (var (members, call) in left)
        {
            var ended = call.End(context.Time);
            context.Take([.. members.Select(member => inquiry.Of(member).Answer(ended, null, failure))]);
        }
    }

    private void Take(ChunkVerdicts verdicts)
    {
        int[] members;
        Call call;
        lock (_lock)
        {
            if (verdicts.Chunk != _judged || _judged == _sent.Count)
            {
                context.Violations.Add(Broken, $"verdicts on chunk {verdicts.Chunk} where those on {_judged} were due: {Describe()}");
                return;
            }

            (members, call) = _sent[_judged++];
        }

        var ended = call.End(context.Time);
        if (verdicts.MemberCount != members.Length || verdicts.PrimaryReasons.Length != members.Length || verdicts.Allowed.Length != (members.Length + 7) / 8)
        {
            context.Violations.Add(Broken, $"verdicts on {verdicts.MemberCount} of {members.Length} members: {Describe()}");
            return;
        }

        var refused = verdicts.Refused.ToDictionary(member => member.Index, member => member.Reasons);
        context.Take([.. members.Select((member, i) => inquiry.Of(member).Answer(ended, Read(verdicts, i, refused)))]);
        Add(verdicts);
    }

    /// <summary>A verdict as a decision that does not tell what it rests on.</summary>
    private static Decision Read(ChunkVerdicts verdicts, int index, Dictionary<int, Google.Protobuf.Collections.RepeatedField<ReasonCode>> refused)
    {
        var isAllowed = IsAllowed(verdicts, index);
        var decision = new Decision { Outcome = isAllowed ? Outcome.Allow : Outcome.Deny, EvaluatedAt = verdicts.EvaluatedAt };
        decision.Reasons.Add(refused.TryGetValue(index, out var reasons) ? reasons : [(ReasonCode)verdicts.PrimaryReasons[index]]);
        return decision;
    }

    private static bool IsAllowed(ChunkVerdicts verdicts, int index) => (verdicts.Allowed[index / 8] & (1 << (index % 8))) != 0;

    private void Add(ChunkVerdicts verdicts)
    {
        for (var i = 0; i < verdicts.MemberCount; i++)
        {
            _members++;
            _allowed += IsAllowed(verdicts, i) ? 1 : 0;
            _undecided += (ReasonCode)verdicts.PrimaryReasons[i] is ReasonCode.FactsStale or ReasonCode.FactsUnavailable ? 1 : 0;
        }
    }

    private void Compare(ScreenSummary summary)
    {
        var isWhole = Volatile.Read(ref _judged) == _sent.Count;
        if (!isWhole || (summary.MemberCount, summary.AllowedCount, summary.UndecidedCount, summary.IsComplete) != (_members, _allowed, _undecided, _undecided == 0))
        {
            context.Violations.Add("a summary is not that of its list", $"{summary.MemberCount} members, {summary.AllowedCount} allowed, {summary.UndecidedCount} undecided, "
                + $"complete: {summary.IsComplete}; seen: {Describe()}");
        }
    }

    private string Describe() => $"{inquiry.Question}, {_sent.Count} chunks sent, {_judged} judged, {_members} members, {_allowed} allowed, {_undecided} undecided";
}
