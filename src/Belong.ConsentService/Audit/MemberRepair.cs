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
            var write = new MemberWrite(difference.Row.Id, difference.Row.Version, difference.Value);
            // Where the version is no guide, only the very value that was seen is replaced.
            var seen = difference.Kind is DifferenceKind.Missing or DifferenceKind.Behind ? null : difference.Seen;
            await context.Cache.ReplaceAsync(generation, write, seen, cancellation);
        }

        var replaced = differences.Where(difference => difference.Seen is not null).Select(difference => difference.Row.Id).ToArray();
        await CatchUpAsync(generation, replaced, cancellation);
    }

    /// <summary>A value with a wrong version may have kept the feed from writing what was committed meanwhile.</summary>
    public async Task CatchUpAsync(string generation, string[] ids, CancellationToken cancellation)
    {
        if (ids.Length == 0)
        {
            return;
        }

        var now = await database.ReadMembersAsync(ids, cancellation);
        foreach (var row in now.Rows)
        {
            var write = new MemberWrite(row.Id, row.Version, MemberValue.EncodeRow(row.Id, row.Version, row.Facts, out _));
            await context.Cache.ReplaceAsync(generation, write, null, cancellation);
        }
    }
}
