using Belong.ConsentService.Rules;
using V1 = Belong.Consent.V1;

namespace Belong.ConsentService.Registry;

/// <summary>Lists of a vocabulary in messages, and the sets of the rules.</summary>
internal static class Sets
{
    public static ChannelSet ToSet(IList<V1.Channel> channels)
    {
        var set = new ChannelSet();
        for (var i = 0; i < channels.Count; i++)
        {
            set = set.With((Channel)channels[i]);
        }

        return set;
    }

    public static PurposeSet ToSet(IList<V1.Purpose> purposes)
    {
        var set = new PurposeSet();
        for (var i = 0; i < purposes.Count; i++)
        {
            set = set.With((Purpose)purposes[i]);
        }

        return set;
    }

    public static ItemSet ToSet(IList<V1.DataItem> items)
    {
        var set = new ItemSet();
        for (var i = 0; i < items.Count; i++)
        {
            set = set.With((Item)items[i]);
        }

        return set;
    }

    /// <summary>Without repetitions, in the order given.</summary>
    public static string[] ToIds(IList<string> ids) => ids.Count == 0 ? [] : [.. ids.Distinct(StringComparer.Ordinal)];

    public static void AddTo(IList<V1.Channel> list, ChannelSet set)
    {
        foreach (var channel in set)
        {
            list.Add((V1.Channel)channel);
        }
    }

    public static void AddTo(IList<V1.Purpose> list, PurposeSet set)
    {
        foreach (var purpose in set)
        {
            list.Add((V1.Purpose)purpose);
        }
    }

    public static void AddTo(IList<V1.DataItem> list, ItemSet set)
    {
        foreach (var item in set)
        {
            list.Add((V1.DataItem)item);
        }
    }
}
