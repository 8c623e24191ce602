using Belong.ConsentService.Cache;

namespace Belong.ConsentService.Audit;

/// <summary>A value in Redis that is not what PostgreSQL says.</summary>
/// <param name="Row">What PostgreSQL says.</param>
/// <param name="Value">What Redis should hold.</param>
/// <param name="Seen">What it holds; null when nothing.</param>
/// <param name="SeenVersion">0 where none can be read.</param>
internal sealed record MemberDifference(DifferenceKind Kind, MemberRow Row, byte[] Value, byte[]? Seen, long SeenVersion);

/// <summary>Compares members as read from PostgreSQL with their values in Redis, once.</summary>
internal sealed class MemberLook(AuditContext context, AuditDatabase database)
{
    /// <exception cref="AuditSkipException">They cannot be compared now.</exception>
    public async Task<List<MemberDifference>> FindAsync(MemberPage page, bool isThorough, CancellationToken cancellation)
    {
        var watch = await StateWatch.BeginAsync(context, page.Head, cancellation);
        var values = await context.Cache.ReadValuesAsync(page.Head.Generation, [.. page.Rows.Select(row => row.Id)], cancellation);
        await watch.EndAsync(isThorough, cancellation);
        var found = new List<MemberDifference>();
        for (var i = 0; i < values.Length; i++)
        {
            if (Compare(page.Rows[i], values[i]) is { } difference)
            {
                found.Add(difference);
            }
        }

        return await WithoutChangedAsync(found, watch, cancellation);
    }

    private static MemberDifference? Compare(MemberRow row, byte[]? seen)
    {
        var expected = MemberValue.EncodeRow(row.Id, row.Version, row.Facts, out _);
        if (seen is null)
        {
            return new MemberDifference(DifferenceKind.Missing, row, expected, null, 0);
        }

        if (seen.AsSpan().SequenceEqual(expected) || MemberValue.IsReservation(row.Id, seen))
        {
            return null;
        }

        var kind = MemberValue.TryReadVersion(row.Id, seen, out var version) && version != row.Version
            ? version < row.Version ? DifferenceKind.Behind : DifferenceKind.Ahead
            : DifferenceKind.Different;
        return new MemberDifference(kind, row, expected, seen, version);
    }

    /// <summary>Redis may know more than the read did: those that have changed since are as they should be.</summary>
    private async Task<List<MemberDifference>> WithoutChangedAsync(List<MemberDifference> found, StateWatch watch, CancellationToken cancellation)
    {
        var ahead = found.FindAll(difference => difference.Kind == DifferenceKind.Ahead);
        if (ahead.Count == 0)
        {
            return found;
        }

        var page = await database.ReadMembersAsync([.. ahead.Select(difference => difference.Row.Id)], cancellation);
        watch.RequireNotBehind(page.Head);
        var seen = ahead.ToDictionary(difference => difference.Row.Id, difference => difference.Seen, StringComparer.Ordinal);
        found.RemoveAll(difference => difference.Kind == DifferenceKind.Ahead);
        found.AddRange(page.Rows.Select(row => Compare(row, seen[row.Id])).OfType<MemberDifference>().Where(difference => difference.Kind == DifferenceKind.Ahead));
        return found;
    }
}
