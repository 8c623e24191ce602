namespace Belong.ConsentService.Dev.Chaos.Model;

/// <summary>The bounds on the age of facts that the instances are started with.</summary>
internal sealed record Bounds(TimeSpan Sensitive, TimeSpan Other)
{
    public TimeSpan Of(Question question) => question == Question.Contractor ? Other : Sensitive;
}

/// <summary>Judges each answer against the model. It knows what was recorded, not how the service works.</summary>
internal sealed class Judge(FactsModel model, Bounds bounds, TimeProvider time)
{
    /// <summary>The age is told in whole milliseconds.</summary>
    private static readonly TimeSpan AgeGrain = TimeSpan.FromMilliseconds(1);

    /// <summary>An answer changes threads a few times on its way through this process, and waits each time.</summary>
    private const int HopsPerAnswer = 3;

    /// <summary>All processes have the clock of this machine.</summary>
    private static readonly TimeSpan ClockGrain = TimeSpan.FromMilliseconds(1);

    private static readonly TimeSpan DeadlineGrace = TimeSpan.FromMilliseconds(50);

    /// <summary>What the answer breaks, in words; null when nothing.</summary>
    /// <param name="ownLateness">How late this process was itself meanwhile.</param>
    public string? FindFault(Observation seen, TimeSpan ownLateness)
    {
        var late = time.GetElapsedTime(seen.Call.Asked, seen.Call.Answered) - seen.Call.Deadline - (ownLateness * HopsPerAnswer);
        if (late > DeadlineGrace)
        {
            return "answered too late after the deadline";
        }

        if (!IsJudgedMeanwhile(seen))
        {
            return "judged at another time than between the question and the answer";
        }

        if (!seen.IsByFacts)
        {
            return null;
        }

        if (seen.IsAllowed && !MayAllow(seen, bounds.Of(seen.Question)))
        {
            return seen.DemandedMember is null && seen.DemandedRegister is null
                ? "ALLOW against a fact committed longer ago than the bound"
                : "ALLOW against a fact that the token or the bound covers";
        }

        return IsTrueToItsBasis(seen) ? null : "the answer is not that of the facts, or not of the age, that it names";
    }

    /// <summary>What an answer that a watch told breaks, in words; null when nothing. It is of the instant of its judgement, and of facts within the bound.</summary>
    public string? FindFaultOfTold(Observation seen)
    {
        if (!IsJudgedMeanwhile(seen))
        {
            return "told as judged at another time than while the watch was open";
        }

        var ago = seen.Call.AnsweredAt - seen.Decision!.EvaluatedAt.ToDateTimeOffset();
        var since = Before(seen.Call.Answered, bounds.Of(seen.Question) + ago + ClockGrain);
        var members = model.Member(seen.Member).Possible(since, seen.Call.Answered, null);
        var registers = model.Register.Possible(since, seen.Call.Answered, null);
        return !seen.IsByFacts || members.Exists(member => registers.Exists(register => (member.State.Allows(seen.Question) && register.State.Allows(seen.Question)) == seen.IsAllowed))
            ? null
            : $"told {(seen.IsAllowed ? "ALLOW" : "a denial")} that no fact within the bound gives";
    }

    /// <summary>For how long the facts had forbidden what was allowed.</summary>
    public TimeSpan DelayOf(Observation seen)
    {
        if (!seen.IsAllowed)
        {
            return TimeSpan.Zero;
        }

        var delay = Math.Max(
            model.Member(seen.Member).ForbiddenFor(state => state.Allows(seen.Question), seen.Call.Asked, seen.Call.Answered),
            model.Register.ForbiddenFor(state => state.Allows(seen.Question), seen.Call.Asked, seen.Call.Answered));
        return time.GetElapsedTime(0, delay);
    }

    private static bool IsJudgedMeanwhile(Observation seen) =>
        seen.Decision?.EvaluatedAt?.ToDateTimeOffset() is not { } at || (at >= seen.Call.AskedAt - ClockGrain && at <= seen.Call.AnsweredAt + ClockGrain);

    private bool MayAllow(Observation seen, TimeSpan bound) =>
        PossibleMembers(seen, bound).Exists(entry => entry.State.Allows(seen.Question))
        && PossibleRegisters(seen, bound).Exists(entry => entry.State.Allows(seen.Question));

    /// <summary>Also a denial must be that of the versions that it names, and these as new as the age says; of what names none, that of facts within the bound.</summary>
    private bool IsTrueToItsBasis(Observation seen)
    {
        if (seen.Decision!.Basis is not { } basis)
        {
            var bound = bounds.Of(seen.Question);
            return PossibleMembers(seen, bound).Exists(member => PossibleRegisters(seen, bound).Exists(register =>
                (member.State.Allows(seen.Question) && register.State.Allows(seen.Question)) == seen.IsAllowed));
        }

        var age = TimeSpan.FromMilliseconds(basis.FactsAgeMs) + AgeGrain;
        var members = PossibleMembers(seen, age);
        var registers = PossibleRegisters(seen, age);
        return members.Exists(member => (basis.MemberVersion == 0 || member.Version == basis.MemberVersion || member.Version == 0)
            && registers.Exists(register => (register.Version == basis.RegisterVersion || register.Version == 0)
                && (member.State.Allows(seen.Question) && register.State.Allows(seen.Question)) == seen.IsAllowed));
    }

    private List<Entry<MemberState>> PossibleMembers(Observation seen, TimeSpan bound) =>
        model.Member(seen.Member).Possible(Before(seen.Call.Asked, bound), seen.Call.Answered, seen.DemandedMember);

    private List<Entry<RegisterState>> PossibleRegisters(Observation seen, TimeSpan bound) =>
        model.Register.Possible(Before(seen.Call.Asked, bound), seen.Call.Answered, seen.DemandedRegister);

    private long Before(long timestamp, TimeSpan span) => timestamp - (long)(span.TotalSeconds * time.TimestampFrequency);
}
