using Belong.Consent.V1;
using Belong.ConsentService.Client.Calls;
using Google.Protobuf;
using Google.Protobuf.Collections;

namespace Belong.ConsentService.Client.Lists;

/// <summary>The answer on one member of a chunk or an event.</summary>
/// <param name="Index">Which member.</param>
/// <param name="IsAllowed">Outcome ALLOW and nothing less.</param>
/// <param name="Primary">The primary reason.</param>
/// <param name="Reasons">All reasons of who is refused, when they were asked for.</param>
internal readonly record struct Verdict(int Index, bool IsAllowed, ReasonCode Primary, IReadOnlyList<ReasonCode>? Reasons)
{
    /// <summary>Not allowed only because facts could not be read.</summary>
    public bool IsUndecided => Primary is ReasonCode.FactsUnavailable or ReasonCode.FactsStale;
}

/// <summary>The answers on the members of a chunk or an event, which must fit together.</summary>
internal sealed class Verdicts
{
    /// <summary>From here on a reason goes with a permission.</summary>
    private const ReasonCode FirstPermission = ReasonCode.UsePermitted;

    private readonly ByteString _allowed;
    private readonly ByteString _reasons;
    private readonly RepeatedField<RefusedMember> _refused;
    private readonly ReasonDetail _detail;

    private Verdicts(int count, ByteString allowed, ByteString reasons, RepeatedField<RefusedMember> refused, ReasonDetail detail)
    {
        (Count, _allowed, _reasons, _refused, _detail) = (count, allowed, reasons, refused, detail);
        Require(allowed.Length == (count + 7) / 8, $"{allowed.Length} bytes of verdicts on {count} members");
        Require(count % 8 == 0 || allowed[^1] >> (count % 8) == 0, $"verdicts on more than {count} members");
        Require(reasons.Length == count, $"{reasons.Length} reasons for {count} members");
    }

    public int Count { get; }

    public static Verdicts On(IScreenChunk chunk, ChunkVerdicts verdicts, ReasonDetail detail)
    {
        Require(verdicts.MemberCount == chunk.Count, $"verdicts on {verdicts.MemberCount} members of a chunk of {chunk.Count}");
        return new(chunk.Count, verdicts.Allowed, verdicts.PrimaryReasons, verdicts.Refused, detail);
    }

    public static Verdicts On(MembersChanged changed, ReasonDetail detail) =>
        new(changed.MemberIds.Count, changed.Allowed, changed.PrimaryReasons, changed.Refused, detail);

    public static void Require(bool fits, string problem)
    {
        if (!fits)
        {
            throw Contradiction(problem);
        }
    }

    public IEnumerable<Verdict> All()
    {
        var next = 0;
        for (var i = 0; i < Count; i++)
        {
            var isAllowed = (_allowed[i / 8] >> (i % 8) & 1) != 0;
            var primary = (ReasonCode)_reasons[i];
            if (primary == 0 || (isAllowed && primary < FirstPermission))
            {
                throw Contradiction($"member {i} is {(isAllowed ? "allowed" : "refused")} for reason {(int)primary}");
            }

            yield return new Verdict(i, isAllowed, primary, isAllowed || _detail != ReasonDetail.All ? null : ReasonsOf(i, primary, next++));
        }

        Require(_detail != ReasonDetail.All || next == _refused.Count, $"reasons of {_refused.Count} members where {next} are refused");
    }

    private static AnewException Contradiction(string problem) => new($"The service contradicts itself: {problem}.");

    private RepeatedField<ReasonCode> ReasonsOf(int index, ReasonCode primary, int next)
    {
        if (next >= _refused.Count || _refused[next].Index != index)
        {
            throw Contradiction($"member {index} is refused without its reasons");
        }

        var reasons = _refused[next].Reasons;
        return reasons.Count > 0 && reasons[0] == primary ? reasons : throw Contradiction($"member {index} has two primary reasons");
    }
}
