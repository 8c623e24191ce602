using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Registry;

/// <summary>Keeps the records of one kind bounded.</summary>
internal static class Records
{
    public const int MaxEnded = 64;
    public const int MaxInAll = 1_000;

    /// <summary>Adds a record at the end; of those that have ended the newest 64 stay.</summary>
    public static T[] Add<T>(T[] records, T record, Func<T, Instant?> endOf, string kind, in ChangeContext context)
        where T : class
    {
        var kept = DropEnded(records, endOf, context.RecordedAt);
        return kept.Length < MaxInAll ? [.. kept, record] : throw context.TooMany(kind, MaxInAll);
    }

    /// <summary>Of those that ended by now the newest 64 stay; the order stays.</summary>
    public static T[] DropEnded<T>(T[] records, Func<T, Instant?> endOf, Instant now)
        where T : class
    {
        if (records.Length <= MaxEnded)
        {
            return records;
        }

        var ended = records.Where(record => endOf(record) <= now).OrderBy(record => endOf(record)!.Value).ToArray();
        if (ended.Length <= MaxEnded)
        {
            return records;
        }

        var dropped = new HashSet<T>(ended.Take(ended.Length - MaxEnded), ReferenceEqualityComparer.Instance);
        return [.. records.Where(record => !dropped.Contains(record))];
    }

    /// <summary>The instants in ascending order; of those up to now the newest <paramref name="past"/> stay.</summary>
    public static Instant[] Add(Instant[] instants, Instant instant, int past, string kind, in ChangeContext context)
    {
        if (instants.AsSpan().Contains(instant))
        {
            return instants;
        }

        var now = context.RecordedAt;
        Instant[] all = [.. instants.Append(instant).Order()];
        var begun = all.Count(at => at <= now);
        var kept = all[Math.Max(0, begun - past)..];
        return kept.Length <= MaxInAll ? kept : throw context.TooMany(kind, MaxInAll);
    }

    /// <summary>Replaces the records that <paramref name="change"/> gives another form; null when there is none.</summary>
    public static T[]? Replace<T>(T[] records, Func<T, T?> change)
        where T : class
    {
        T[]? changed = null;
        for (var i = 0; i < records.Length; i++)
        {
            if (change(records[i]) is { } other)
            {
                changed ??= [.. records];
                changed[i] = other;
            }
        }

        return changed;
    }
}
