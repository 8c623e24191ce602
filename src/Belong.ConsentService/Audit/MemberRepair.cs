using Belong.ConsentService.Cache;

namespace Belong.ConsentService.Audit;

/// <summary>Counts confirmed differences, and puts in their place what PostgreSQL says.</summary>
internal sealed class MemberRepair(AuditContext context, AuditDatabase database)
{
    public async Task RunAsync(string generation, IReadOnlyList<MemberDifference> differences, CancellationToken cancellation)
    {
        foreach (var difference in differences)
        {
            context.Counters.CountDifference(difference.Kind);
            AuditLog.Difference(context.Logger, difference.Kind, difference.SeenVersion, difference.Row.Version);
            if (difference is { Kind: not DifferenceKind.Behind, Seen: { } seen })
            {
                // Its version is no guide, and may have kept the feed from writing what was committed meanwhile.
                await context.Cache.DisarmAsync(generation, difference.Row.Id, seen, cancellation);
            }
        }

        await WriteAsync(generation, [.. differences.Select(difference => difference.Row.Id)], cancellation);
    }

    /// <summary>Writes what PostgreSQL says now, where Redis has something older.</summary>
    public async Task WriteAsync(string generation, string[] ids, CancellationToken cancellation)
    {
        if (ids.Length == 0)
        {
            return;
        }

        var now = await database.ReadMembersAsync(ids, cancellation);
        foreach (var row in now.Rows)
        {
            var write = new MemberWrite(row.Id, row.Version, MemberValue.EncodeRow(row.Id, row.Version, row.Facts, out _));
            await context.Cache.ReplaceAsync(generation, write, cancellation);
        }
    }
}
