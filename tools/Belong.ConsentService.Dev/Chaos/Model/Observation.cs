using Belong.Consent.V1;

namespace Belong.ConsentService.Dev.Chaos.Model;

/// <summary>One check and what came of it.</summary>
internal sealed record Observation
{
    public required int Member { get; init; }

    public required Question Question { get; init; }

    public required Call Call { get; init; }

    public Entry<MemberState>? DemandedMember { get; init; }

    public Entry<RegisterState>? DemandedRegister { get; init; }

    /// <summary>Null when there is none. Without a basis when it is a verdict of a list, which tells none.</summary>
    public Decision? Decision { get; init; }

    public Failure Failure { get; init; }

    public bool IsAllowed => Decision is { Outcome: not Outcome.Deny and not Outcome.Unspecified };

    /// <summary>Answered by facts, not refused by the state of a store or the service.</summary>
    public bool IsByFacts => Decision is not null && Decision.Reasons is not [ReasonCode.FactsUnavailable or ReasonCode.FactsStale];

    public override string ToString()
    {
        var demanded = (DemandedMember, DemandedRegister) switch
        {
            ({ } member, _) => $" with the token of v{member.Version}",
            (_, { } register) => $" with the token of register v{register.Version}",
            _ => "",
        };
        return $"{Question}{demanded} ({Call.Door}) on instance {Call.Instance}, deadline {Call.Deadline.TotalMilliseconds:F0} ms: {DescribeAnswer()}";
    }

    private string DescribeAnswer()
    {
        if (Decision is null)
        {
            return $"{Failure.Status}: {Failure.Detail}";
        }

        var basis = Decision.Basis is { } known
            ? $", member v{known.MemberVersion}, register v{known.RegisterVersion}, age {known.FactsAgeMs} ms, {known.Source}"
            : "";
        return $"{Decision.Outcome} {string.Join(',', Decision.Reasons)}{basis}, judged at {Decision.EvaluatedAt?.ToDateTimeOffset():HH:mm:ss.fff}";
    }
}
