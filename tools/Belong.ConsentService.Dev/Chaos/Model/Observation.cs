using Belong.Consent.V1;
using Grpc.Core;

namespace Belong.ConsentService.Dev.Chaos.Model;

/// <summary>One check and what came of it.</summary>
internal sealed record Observation
{
    public required int Member { get; init; }

    public required Question Question { get; init; }

    public required int Instance { get; init; }

    /// <summary>When it was asked, by the clock of this process.</summary>
    public required long Asked { get; init; }

    public required long Answered { get; init; }

    public required TimeSpan Deadline { get; init; }

    public Entry<MemberState>? DemandedMember { get; init; }

    public Entry<RegisterState>? DemandedRegister { get; init; }

    /// <summary>Null when the call failed.</summary>
    public Decision? Decision { get; init; }

    public StatusCode Status { get; init; }

    public string Detail { get; init; } = "";

    public bool IsAllowed => Decision is { Outcome: not Outcome.Deny and not Outcome.Unspecified };

    /// <summary>Answered by facts, not refused by the state of a store or the service.</summary>
    public bool IsByFacts => Decision is not null && Decision.Reasons is not [ReasonCode.FactsUnavailable or ReasonCode.FactsStale];

    public override string ToString()
    {
        var answer = Decision is null
            ? $"{Status}: {Detail}"
            : $"{Decision.Outcome} {string.Join(',', Decision.Reasons)}, member v{Decision.Basis.MemberVersion}, register v{Decision.Basis.RegisterVersion}, "
                + $"age {Decision.Basis.FactsAgeMs} ms, {Decision.Basis.Source}";
        var demanded = (DemandedMember, DemandedRegister) switch
        {
            ({ } member, _) => $" with the token of v{member.Version}",
            (_, { } register) => $" with the token of register v{register.Version}",
            _ => "",
        };
        return $"{Question}{demanded} on instance {Instance}, deadline {Deadline.TotalMilliseconds:F0} ms: {answer}";
    }
}
