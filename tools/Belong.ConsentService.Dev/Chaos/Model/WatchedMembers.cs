namespace Belong.ConsentService.Dev.Chaos.Model;

/// <summary>What a watch claims to have told by one heartbeat, by the clock of this process.</summary>
/// <param name="AsOf">Every change committed before was told.</param>
internal readonly record struct WatchClaim(long AsOf, long Received);

/// <summary>
/// What the caller of one watch holds of each member: the answer told last, by the screening or an event. Judged by the
/// model: an answer that a change before the claim has overtaken was to be told.
/// </summary>
internal sealed class WatchedMembers(FactsModel model, Question question)
{
    private readonly bool?[] _answers = new bool?[model.MemberCount];
    private readonly long[] _toldAt = new long[model.MemberCount];
    private long _everythingAt;

    /// <summary>The watch begins with a position that covers nothing sent later than <paramref name="now"/>.</summary>
    public void Begin(long now)
    {
        Forget(now);
        _everythingAt = now;
    }

    /// <summary>A verdict of the screening that the watch begins from: whoever is undecided is not known.</summary>
    public void Screen(int member, bool? isAllowed) => _answers[member] = isAllowed;

    /// <summary>All answers may have changed.</summary>
    public void Forget(long now)
    {
        _everythingAt = now;
        Array.Clear(_answers);
        Array.Fill(_toldAt, now);
    }

    /// <summary>An event tells of a member.</summary>
    /// <returns>For how long the oldest change that it tells of was known to be committed; 0 when it tells again.</returns>
    public long Tell(int member, bool? isAllowed, long now)
    {
        var since = model.Member(member).FirstAcknowledged(_toldAt[member], now);
        _answers[member] = isAllowed;
        _toldAt[member] = now;
        return since is { } acknowledged ? now - acknowledged : 0;
    }

    /// <summary>What is held of the member contradicts the claim; in words, or null.</summary>
    public string? FindFault(int member, WatchClaim claim)
    {
        var timeline = model.Member(member);
        if (timeline.HasUntold(_toldAt[member], claim.AsOf, state => state.Allows(question)))
        {
            return "a change committed before the age of a heartbeat was not told";
        }

        return _answers[member] is not { } isAllowed || IsPossible(timeline, isAllowed, claim)
            ? null
            : "the answer told last is not that of the facts as of the age of a heartbeat";
    }

    /// <summary>The register changed and nobody was told.</summary>
    public string? FindRegisterFault(WatchClaim claim) => model.Register.HasUntold(_everythingAt, claim.AsOf, state => state.Allows(question))
        ? "a change of the register committed before the age of a heartbeat was not told"
        : null;

    public string Describe(int member) => $"{question}, held: {_answers[member]?.ToString() ?? "nothing"}";

    private bool IsPossible(Timeline<MemberState> timeline, bool isAllowed, WatchClaim claim)
    {
        var members = timeline.Possible(claim.AsOf, claim.Received, null);
        var registers = model.Register.Possible(claim.AsOf, claim.Received, null);
        return members.Exists(member => registers.Exists(register => (member.State.Allows(question) && register.State.Allows(question)) == isAllowed));
    }
}
