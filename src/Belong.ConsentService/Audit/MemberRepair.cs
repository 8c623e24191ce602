using Belong.ConsentService.Cache;

namespace Belong.ConsentService.Audit;

/// <summary>Counts confirmed differences, and puts in their place what PostgreSQL says.</summary>
internal sealed class MemberRepair(AuditContext context, AuditDatabase database)
{
    public async Task RunAsync(string generation, IReadOnlyList<MemberDifference> differences, CancellationToken cancellation)
    {
        foreach (var difference in differences)
        {
            await TellAsync(difference.Kind, difference.Row.Id, difference.SeenVersion, difference.Row.Version, cancellation);
        }

        await ReplaceAsync(generation, [.. differences.Select(difference => (difference.Row.Id, difference.Seen))], cancellation);
    }

    /// <param name="orphans">Values of members that PostgreSQL does not have, by id.</param>
    public async Task RunAsync(string generation, IReadOnlyDictionary<string, byte[]> orphans, CancellationToken cancellation)
    {
        foreach (var (id, seen) in orphans)
        {
            MemberValue.TryReadVersion(id, seen, out var version);
            await TellAsync(DifferenceKind.Orphan, id, version, 0, cancellation);
        }

        await ReplaceAsync(generation, [.. orphans.Select(orphan => (orphan.Key, (byte[]?)orphan.Value))], cancellation);
    }

    private async ValueTask TellAsync(DifferenceKind kind, string id, long seenVersion, long version, CancellationToken cancellation)
    {
        context.Counters.CountDifference(kind);
        AuditLog.Difference(context.Logger, kind, await context.Pseudonyms.ForLogAsync(id, cancellation), seenVersion, version);
    }

    /// <summary>What is not there any more as it was seen is left alone. All are reserved first, and PostgreSQL is read then.</summary>
    private async Task ReplaceAsync(string generation, IReadOnlyList<(string Id, byte[]? Seen)> wrong, CancellationToken cancellation)
    {
        var reservations = new Dictionary<string, MemberReservation>(StringComparer.Ordinal);
        foreach (var (id, seen) in wrong)
        {
            if (await context.Cache.ReserveAsync(generation, id, seen, cancellation) is { } reservation)
            {
                reservations.Add(id, reservation);
            }
        }

        string[] ids = [.. reservations.Keys.Where(AuditDatabase.IsPossibleId)];
        if (ids.Length > 0)
        {
            foreach (var row in (await database.ReadMembersAsync(ids, cancellation)).Rows)
            {
                reservations.Remove(row.Id, out var reservation);
                await context.Cache.FillRowAsync(reservation!, MemberValue.EncodeRow(row.Id, row.Version, row.Facts, out _), cancellation);
            }
        }

        foreach (var reservation in reservations.Values)
        {
            await context.Cache.FillAsync(reservation, null, cancellation);
        }
    }
}
