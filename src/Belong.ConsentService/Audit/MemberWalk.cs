using Belong.ConsentService.Cache;

namespace Belong.ConsentService.Audit;

/// <summary>Goes through the members of PostgreSQL in the order of their ids, and looks for each in Redis.</summary>
internal sealed class MemberWalk(AuditContext context)
{
    private string _after = "";
    private long _walked;

    /// <summary>A pass begins.</summary>
    public bool IsAtStart => _after.Length == 0;

    /// <summary>Compares the next members.</summary>
    /// <param name="total">About how many there are.</param>
    public async Task StepAsync(AuditDatabase database, int limit, long total, CancellationToken cancellation)
    {
        var page = await database.ReadPageAsync(_after, limit, cancellation);
        var isLast = page.Rows.Count < limit;
        // Whatever comes of this page, the next one has its turn.
        _after = isLast ? "" : page.Rows[^1].Id;
        _walked = isLast ? 0 : _walked + page.Rows.Count;
        try
        {
            await CompareAsync(database, page, cancellation);
            context.Counters.CountMembers(page.Rows.Count);
        }
        finally
        {
            context.Counters.SetPosition(Math.Min(1, (double)_walked / Math.Max(1, total)));
            if (isLast)
            {
                context.Counters.CountMemberPass(context.Time.GetUtcNow());
            }
        }
    }

    private async Task CompareAsync(AuditDatabase database, MemberPage page, CancellationToken cancellation)
    {
        var look = new MemberLook(context, database);
        var suspects = page.Rows.Count == 0 ? [] : await look.FindAsync(page, isThorough: false, cancellation);
        if (suspects.Count > 0)
        {
            // What is still so in other reads of both stores was not on its way.
            var again = await database.ReadMembersAsync([.. suspects.Select(suspect => suspect.Row.Id)], cancellation);
            var confirmed = await look.FindAsync(again, isThorough: true, cancellation);
            await new MemberRepair(context, database).RunAsync(again.Head.Generation, confirmed, cancellation);
        }
    }
}
