using Belong.ConsentService.Cache;

namespace Belong.ConsentService.Audit;

/// <summary>Goes through the members that Redis has under the present generation, and looks for each in PostgreSQL.</summary>
internal sealed class KeyWalk(AuditContext context)
{
    private string _generation = "";
    private string _servers = "";
    private int _server;
    private ulong _cursor;

    /// <summary>Looks up about as many keys.</summary>
    public async Task StepAsync(AuditDatabase database, int count, CancellationToken cancellation)
    {
        var state = await context.Cache.ReadStateAsync(cancellation) ?? throw new AuditSkipException("there is no state in Redis");
        var primaries = await context.Cache.ReadPrimariesAsync(cancellation);
        BeginAnewIfOther(state.Generation, string.Join(',', primaries.Select(primary => primary.EndPoint)));
        var page = await context.Cache.ScanMembersAsync(primaries[_server], _generation, _cursor, count, cancellation);
        _cursor = page.Next;
        _server += _cursor == 0 ? 1 : 0;
        var isLast = _server == primaries.Count;
        _server = isLast ? 0 : _server;
        try
        {
            await CompareAsync(database, page.Ids, cancellation);
            context.Counters.CountKeys(page.Ids.Count);
        }
        finally
        {
            if (isLast)
            {
                context.Counters.CountKeyPass();
            }
        }
    }

    /// <summary>A cursor means something to the server alone that gave it.</summary>
    private void BeginAnewIfOther(string generation, string servers)
    {
        if (generation != _generation || servers != _servers)
        {
            (_generation, _servers, _server, _cursor) = (generation, servers, 0, 0);
        }
    }

    private async Task CompareAsync(AuditDatabase database, IReadOnlyList<string> ids, CancellationToken cancellation)
    {
        var suspects = await FindAsync(database, ids, isThorough: false, cancellation);
        var confirmed = suspects.Count == 0 ? suspects : await FindAsync(database, [.. suspects.Keys], isThorough: true, cancellation);
        await new MemberRepair(context, database).RunAsync(_generation, confirmed, cancellation);
    }

    /// <summary>The values of those that PostgreSQL does not have, although it was asked after Redis.</summary>
    private async Task<Dictionary<string, byte[]>> FindAsync(AuditDatabase database, IReadOnlyList<string> ids, bool isThorough, CancellationToken cancellation)
    {
        var unknown = await WithoutKnownAsync(database, ids, cancellation);
        if (unknown.Ids.Count == 0)
        {
            return [];
        }

        var watch = await StateWatch.BeginAsync(context, unknown.Head, cancellation);
        var values = await context.Cache.ReadValuesAsync(_generation, unknown.Ids, cancellation);
        await watch.EndAsync(isThorough, cancellation);
        var seen = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        for (var i = 0; i < values.Length; i++)
        {
            var id = unknown.Ids[i];
            if (values[i] is { } value && !MemberValue.IsReservation(id, value) && !(MemberValue.TryDecode(id, value, out var facts) && facts is null))
            {
                seen.Add(id, value);
            }
        }

        var still = await WithoutKnownAsync(database, [.. seen.Keys], cancellation);
        watch.RequireNotBehind(still.Head);
        return still.Ids.ToDictionary(id => id, id => seen[id], StringComparer.Ordinal);
    }

    private static async Task<(AuditHead Head, IReadOnlyList<string> Ids)> WithoutKnownAsync(AuditDatabase database, IReadOnlyList<string> ids, CancellationToken cancellation)
    {
        var page = await database.ReadMembersAsync([.. ids.Where(AuditDatabase.IsPossibleId)], cancellation);
        var known = page.Rows.Select(row => row.Id).ToHashSet(StringComparer.Ordinal);
        return (page.Head, [.. ids.Distinct(StringComparer.Ordinal).Where(id => !known.Contains(id))]);
    }
}
