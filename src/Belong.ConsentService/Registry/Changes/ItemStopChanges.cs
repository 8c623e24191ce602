using Belong.ConsentService.Rules;
using V1 = Belong.Consent.V1;

namespace Belong.ConsentService.Registry;

/// <summary>§9: stops of data items.</summary>
internal static class ItemStopChanges
{
    public static MemberFacts Stop(MemberFacts facts, V1.ItemStop change, in ChangeContext context)
    {
        var stop = new ItemStop(Sets.ToSet(change.Items), context.ReceiptOf(change.Start), null);
        return facts with { ItemStops = Records.Add(facts.ItemStops, stop, static stop => stop.LiftedAt, "stops of items", context) };
    }

    /// <summary>A stop that is lifted in part becomes two: what stays stopped, and what was lifted.</summary>
    public static MemberFacts Lift(MemberFacts facts, V1.ItemStopLift change, in ChangeContext context)
    {
        var at = context.StartOf(change.Start)!.Value;
        var items = Sets.ToSet(change.Items);
        ItemSet found = default;
        var stops = new List<ItemStop>(facts.ItemStops.Length + 1);
        foreach (var stop in facts.ItemStops)
        {
            var lifted = stop.Items.Intersect(items);
            if (stop.LiftedAt is not null || lifted.IsEmpty || stop.At > at)
            {
                stops.Add(stop);
                continue;
            }

            found = found.Union(lifted);
            stops.Add(stop with { Items = lifted, LiftedAt = at });
            if (lifted != stop.Items)
            {
                stops.Add(stop with { Items = stop.Items.Except(items) });
            }
        }

        foreach (var item in items.Except(found))
        {
            throw context.NotFound("item_stop_lift.items", item.ToString(), $"the member has no stop of this item that began by {at} and is not lifted");
        }

        var kept = Records.DropEnded([.. stops], static stop => stop.LiftedAt, context.RecordedAt);
        return kept.Length <= Records.MaxInAll
            ? facts with { ItemStops = kept }
            : throw context.TooMany("stops of items", Records.MaxInAll);
    }
}
