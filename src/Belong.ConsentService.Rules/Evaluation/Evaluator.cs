namespace Belong.ConsentService.Rules;

/// <summary>How old facts may be (rule 4); both ends inclusive.</summary>
/// <param name="Sensitive">For third parties and effective purposes 3 to 5.</param>
/// <param name="Other">For all else.</param>
public sealed record FreshnessBounds(TimeSpan Sensitive, TimeSpan Other)
{
    public static readonly FreshnessBounds Default = new(TimeSpan.FromSeconds(60), TimeSpan.FromMinutes(15));

    public TimeSpan For(CheckRequest request) =>
        request.Kind == Kind.ThirdParty || request.EffectivePurposes.Intersects(PurposeSet.Outreach) ? Sensitive : Other;
}

/// <summary>What was read to answer a request.</summary>
/// <param name="IsReadable">False when the store could not be read: then the rest does not count.</param>
/// <param name="Age">Every change older than this is included.</param>
/// <param name="Member">Null when there is no such member.</param>
/// <param name="LacksDemanded">True when a write that the caller demands is not included, however young the facts are.</param>
public readonly record struct FactsView(bool IsReadable, TimeSpan Age, MemberFacts? Member, Register Register, bool LacksDemanded = false)
{
    public static readonly FactsView Unreadable = new(false, default, null, Register.Empty);
}

/// <summary>A request that rules 1 and 2 have judged, at the instant it is to be judged at.</summary>
/// <param name="Refusal">Null when the request may be evaluated; else REQUEST_MALFORMED or CALLER_NOT_PERMITTED.</param>
public readonly record struct Admission(CheckRequest Request, Instant Now, Reason? Refusal, RequestFault? Fault);

/// <summary>
/// The decision rules of <c>spec/decision-rules.md</c>: the only place that decides. Pure: no clock, no
/// store, no state, and no allocation.
/// </summary>
public static class Evaluator
{
    /// <summary>Version of the rules, told in every answer.</summary>
    public const string RulesVersion = "2026-04";

    /// <summary>Rules 1 and 2, which need no facts.</summary>
    /// <param name="grant">The authenticated caller's; null when it has none.</param>
    /// <param name="clock">The present instant.</param>
    public static Admission Admit(CheckRequest request, Grant? grant, Instant clock)
    {
        if ((request.Fault ?? RequestRules.FindFault(request, clock)) is { } fault)
        {
            return new Admission(request, clock, Reason.RequestMalformed, fault);
        }

        var now = request.At ?? clock;
        return RequestRules.IsPermitted(request, grant)
            ? new Admission(request, now, null, null)
            : new Admission(request, now, Reason.CallerNotPermitted, null);
    }

    /// <summary>All rules from 3 on, for a request that was admitted.</summary>
    public static Decision Decide(in Admission admission, in FactsView facts, FreshnessBounds bounds)
    {
        var evaluation = new Evaluation(admission, facts.Register, bounds.For(admission.Request));
        if (admission.Refusal is { } refusal)
        {
            return evaluation.Refuse(refusal);
        }

        if (!facts.IsReadable)
        {
            return evaluation.DenyAtOnce(Reason.FactsUnavailable);
        }

        if (facts.LacksDemanded || facts.Age > bounds.For(admission.Request))
        {
            return evaluation.DenyAtOnce(Reason.FactsStale);
        }

        if (!evaluation.FindPolicyInForce())
        {
            return evaluation.DenyAtOnce(Reason.PolicyVersionUnknown);
        }

        return admission.Request.Kind == Kind.Anonymized
            ? AnonymizedRules.Decide(ref evaluation)
            : DecideForMember(ref evaluation, facts.Member);
    }

    private static Decision DecideForMember(ref Evaluation evaluation, MemberFacts? member)
    {
        var request = evaluation.Request;
        if (request.Kind != Kind.Use && request.ExceptionClaim is null
            && RecipientRules.FindDenial(ref evaluation) is { } recipientDenial)
        {
            return evaluation.DenyAtOnce(recipientDenial);
        }

        if (member is null)
        {
            return evaluation.DenyAtOnce(Reason.MemberUnknown);
        }

        evaluation.Read(member);
        if (evaluation.Status == MemberStatus.Erased)
        {
            return evaluation.DenyAtOnce(Reason.MemberErased);
        }

        if (request.ExceptionClaim is not null)
        {
            return ExceptionRules.Decide(ref evaluation);
        }

        switch (request.Kind)
        {
            case Kind.Use:
                PurposeRules.JudgeAll(ref evaluation);
                return evaluation.Conclude(
                    evaluation.CarriedByObligation ? Reason.ResidualObligationPermitted : Reason.UsePermitted,
                    evaluation.CarriedByObligation ? Reason.ResidualObligationPermitted : Reason.UsePermitted);
            case Kind.Contractor:
                PurposeRules.JudgeAll(ref evaluation);
                ContractorRules.Judge(ref evaluation);
                return evaluation.Conclude(Reason.ContractorPermitted, Reason.ContractorPermittedPartial);
            default:
                PurposeRules.JudgeThirdParty(ref evaluation);
                ThirdPartyRules.Judge(ref evaluation);
                return evaluation.Conclude(Reason.ThirdPartyConsented, Reason.ThirdPartyConsentedPartial);
        }
    }
}
