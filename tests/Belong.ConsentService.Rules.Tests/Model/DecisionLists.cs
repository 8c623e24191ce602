namespace Belong.ConsentService.Rules.Tests.Model;

/// <summary>The evaluator's decision in the lists of the model.</summary>
internal static class DecisionLists
{
    public static ModelDecision Of(Decision decision) => new()
    {
        Outcome = decision.Outcome,
        Reasons = List(decision.Reasons),
        PerPurpose = PerPurpose(decision),
        Permitted = [.. Enum.GetValues<Item>().Where(decision.PermittedItems.Contains)],
        Withheld = Withheld(decision),
        Obligations = [.. Enum.GetValues<Obligation>().Where(decision.Obligations.Contains)],
    };

    public static List<Reason> List(ReasonSet set) => [.. Enum.GetValues<Reason>().Where(set.Contains)];

    private static SortedDictionary<int, List<Reason>> PerPurpose(Decision decision)
    {
        var reasons = new SortedDictionary<int, List<Reason>>();
        foreach (var purpose in decision.JudgedPurposes)
        {
            reasons.Add((int)purpose, List(decision.PerPurpose.Of(purpose)));
        }

        return reasons;
    }

    private static Dictionary<Item, Reason> Withheld(Decision decision)
    {
        var withheld = new Dictionary<Item, Reason>();
        foreach (var item in decision.ItemsOutside)
        {
            withheld.Add(item, decision.OutsideReason);
        }

        foreach (var item in decision.ItemsStopped)
        {
            withheld.Add(item, Reason.ItemStopped);
        }

        return withheld;
    }
}
