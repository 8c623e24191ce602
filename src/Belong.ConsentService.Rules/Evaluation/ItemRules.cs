namespace Belong.ConsentService.Rules;

/// <summary>Rule 97: the items that the member stopped.</summary>
internal static class ItemRules
{
    public static ItemSet StoppedItems(ref Evaluation evaluation)
    {
        ItemSet stopped = default;
        foreach (var stop in evaluation.Member.ItemStops)
        {
            if (evaluation.Bites(stop.At, stop.LiftedAt))
            {
                stopped = stopped.Union(stop.Items);
            }
        }

        return stopped;
    }
}
