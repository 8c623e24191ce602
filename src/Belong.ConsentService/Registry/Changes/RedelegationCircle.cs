using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Registry;

/// <summary>Finds sub-contractors that are, over others, their own parents.</summary>
internal static class RedelegationCircle
{
    /// <summary>The vendors of a circle in order, each followed by its parent; null when there is none.</summary>
    /// <param name="vendors">The whole register.</param>
    /// <param name="starts">Where to begin: every circle must hold one of these.</param>
    public static List<string>? Find(IReadOnlyDictionary<string, Vendor> vendors, IEnumerable<string> starts)
    {
        var done = new HashSet<string>(StringComparer.Ordinal);
        foreach (var start in starts)
        {
            if (Walk(vendors, start, done) is { } circle)
            {
                return circle;
            }
        }

        return null;
    }

    /// <summary>Depth first, with a stack of its own: a chain may be as long as the register.</summary>
    private static List<string>? Walk(IReadOnlyDictionary<string, Vendor> vendors, string start, HashSet<string> done)
    {
        var path = new List<string>();
        var onPath = new HashSet<string>(StringComparer.Ordinal);
        var next = new Stack<int>();
        Enter(start);
        while (path.Count > 0)
        {
            var current = path[^1];
            var parents = vendors.TryGetValue(current, out var vendor) ? vendor.Redelegations : [];
            var index = next.Pop();
            if (index == parents.Length)
            {
                done.Add(current);
                onPath.Remove(current);
                path.RemoveAt(path.Count - 1);
                continue;
            }

            next.Push(index + 1);
            var parent = parents[index].ParentId;
            if (onPath.Contains(parent))
            {
                return path[path.IndexOf(parent)..];
            }

            if (!done.Contains(parent))
            {
                Enter(parent);
            }
        }

        return null;

        void Enter(string id)
        {
            path.Add(id);
            onPath.Add(id);
            next.Push(0);
        }
    }
}
