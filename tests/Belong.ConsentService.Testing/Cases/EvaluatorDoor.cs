using System.Globalization;
using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Testing.Cases;

/// <summary>Answers a case by the evaluator alone.</summary>
public static class EvaluatorDoor
{
    public static CaseDecision Answer(DecisionCase @case)
    {
        var admission = Evaluator.Admit(@case.Request, @case.Grant, DecisionCase.Clock);
        if (admission.Refusal is { } refusal)
        {
            return new CaseDecision
            {
                GrpcStatus = refusal == Reason.RequestMalformed ? "INVALID_ARGUMENT" : "PERMISSION_DENIED",
                Reasons = [SpecNames.Reasons.Of(refusal)],
            };
        }

        var isAsked = @case.MemberId is not null && @case.MemberId == @case.Request.MemberId;
        var facts = @case.FactsReadable
            ? new FactsView(true, @case.FactsAge, isAsked ? @case.Member : null, @case.Register)
            : FactsView.Unreadable;
        return InWords(Evaluator.Decide(admission, facts, FreshnessBounds.Default));
    }

    private static CaseDecision InWords(Decision decision) => new()
    {
        Outcome = SpecNames.Outcomes.Of(decision.Outcome),
        Reasons = Names(decision.Reasons),
        PerPurpose = PerPurpose(decision),
        PermittedItems = Names(decision.PermittedItems),
        WithheldItems = Withheld(decision),
        Obligations = Names(decision.Obligations),
    };

    private static Dictionary<string, IReadOnlyList<string>> PerPurpose(Decision decision)
    {
        var reasons = new Dictionary<string, IReadOnlyList<string>>();
        foreach (var purpose in decision.JudgedPurposes)
        {
            reasons.Add(((int)purpose).ToString(CultureInfo.InvariantCulture), Names(decision.PerPurpose.Of(purpose)));
        }

        return reasons;
    }

    private static Dictionary<string, string> Withheld(Decision decision)
    {
        var withheld = new Dictionary<string, string>();
        foreach (var item in decision.ItemsOutside)
        {
            withheld.Add(SpecNames.Items.Of(item), SpecNames.Reasons.Of(decision.OutsideReason));
        }

        foreach (var item in decision.ItemsStopped)
        {
            withheld.Add(SpecNames.Items.Of(item), SpecNames.Reasons.Of(Reason.ItemStopped));
        }

        return withheld;
    }

    private static List<string> Names(ReasonSet reasons)
    {
        var names = new List<string>();
        foreach (var reason in reasons)
        {
            names.Add(SpecNames.Reasons.Of(reason));
        }

        return names;
    }

    private static List<string> Names(ItemSet items)
    {
        var names = new List<string>();
        foreach (var item in items)
        {
            names.Add(SpecNames.Items.Of(item));
        }

        return names;
    }

    private static List<string> Names(ObligationSet obligations)
    {
        var names = new List<string>();
        foreach (var obligation in obligations)
        {
            names.Add(SpecNames.Obligations.Of(obligation));
        }

        return names;
    }
}
