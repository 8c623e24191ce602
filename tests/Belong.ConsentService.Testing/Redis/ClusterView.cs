using System.Globalization;

namespace Belong.ConsentService.Testing.Redis;

/// <summary>What a node of a cluster says of itself: whether it is a primary, and of which slots.</summary>
internal sealed record ClusterView(RedisNode Node, bool IsPrimary, long Epoch, IReadOnlyList<(int First, int Last)> Slots)
{
    private const int FlagsField = 2;
    private const int EpochField = 6;
    private const int SlotsField = 8;

    public int? FirstSlot => IsPrimary && Slots.Count > 0 ? Slots[0].First : null;

    /// <param name="nodes">The answer to CLUSTER NODES.</param>
    public static ClusterView Parse(RedisNode node, string nodes)
    {
        var own = nodes.Split('\n').Select(line => line.Split(' ')).First(fields => Flags(fields).Contains("myself"));
        var slots = own.Skip(SlotsField).Where(range => !range.StartsWith('[')).Select(ParseRange);
        return new ClusterView(node, Flags(own).Contains("master"), long.Parse(own[EpochField], CultureInfo.InvariantCulture), [.. slots]);
    }

    public bool Serves(int slot) => IsPrimary && Slots.Any(range => range.First <= slot && slot <= range.Last);

    private static string[] Flags(string[] fields) => fields.Length > FlagsField ? fields[FlagsField].Split(',') : [];

    private static (int First, int Last) ParseRange(string range)
    {
        var ends = range.Split('-');
        return (int.Parse(ends[0], CultureInfo.InvariantCulture), int.Parse(ends[^1], CultureInfo.InvariantCulture));
    }
}
