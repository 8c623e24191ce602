using System.Diagnostics;
using System.Globalization;
using Belong.ConsentService.Database;
using Belong.ConsentService.Feed;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Rules;
using Npgsql;
using NpgsqlTypes;

namespace Belong.ConsentService.Audience;

/// <summary>
/// Finds in PostgreSQL who changed since a snapshot, and of whom a fact begins or ends in a time, a page at a time. A
/// row carries the transaction that changed it last, which only grows: who is changed anew while pages are read moves
/// to a later one.
/// </summary>
public sealed class ChangedMembers(NpgsqlDataSource pool, Lineage lineage, TimeProvider time, ConsentMetrics? metrics = null)
{
    /// <summary>Members of each kind in a page.</summary>
    public const int PageMembers = 1_000;

    private const string Begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

    // A plan that was made while the table was small is kept.
    private const string NoScans = "SET LOCAL enable_seqscan = off";

    // Where there are many members the plan looks dear, and to compile it would take longer than the read.
    private const string NoCompiling = "SET LOCAL jit = off";

    // What was in progress is below xmax. A transaction id that is still to come was brought by a dump from another
    // server; it would be found for ever.
    private static readonly string ChangedSql = string.Create(CultureInfo.InvariantCulture, $"""
        (SELECT changed_xid, id FROM member WHERE changed_xid = ANY($1) AND (changed_xid, id) > ($2, $3)
            ORDER BY changed_xid, id LIMIT {PageMembers})
        UNION ALL
        (SELECT changed_xid, id FROM member WHERE (changed_xid, id) > ($4, $5) AND changed_xid < pg_snapshot_xmax(pg_current_snapshot())
            ORDER BY changed_xid, id LIMIT {PageMembers})
        ORDER BY changed_xid, id LIMIT {PageMembers}
        """);

    private static readonly string BoundarySql = string.Create(CultureInfo.InvariantCulture, $"""
        SELECT at, member_id FROM member_boundary WHERE (at, member_id) > ($1, $2) AND at < $3 ORDER BY at, member_id LIMIT {PageMembers}
        """);

    private static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(5);

    /// <summary>The page after <paramref name="after"/>.</summary>
    /// <param name="since">Who changed by a transaction that it does not see is found.</param>
    /// <param name="to">So are those of whom a fact begins or ends before it.</param>
    /// <exception cref="MigrationException">The server is not the one recorded, or was put back to a time before the newest mark known.</exception>
    public async Task<ChangedPage> ReadAsync(SnapshotCursor since, Instant to, ChangedCursor after, CancellationToken cancellation)
    {
        var known = lineage.Known;
        using var limit = new CommandCancellation(ReadTimeout, time, cancellation);
        var begun = Stopwatch.GetTimestamp();
        await using var connection = await pool.OpenConnectionAsync(limit.Token);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new(Begin), FactsDatabase.PositionCommand(known), new(NoScans), new(NoCompiling), ChangedCommand(since, after), BoundaryCommand(to, after), new("COMMIT"),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(limit.Token);
        var position = await FactsDatabase.ReadPositionAsync(reader, limit.Token);
        var page = new PageBuilder(after);
        await reader.NextResultAsync(limit.Token);
        while (await reader.ReadAsync(limit.Token))
        {
            page.AddChanged(reader.GetFieldValue<ulong>(0), reader.GetString(1));
        }

        await reader.NextResultAsync(limit.Token);
        while (await reader.ReadAsync(limit.Token))
        {
            page.AddBoundary(reader.GetString(0), reader.GetString(1));
        }

        metrics?.Answered(PostgresOperation.WatchChanges, begun);
        return page.Build(position, isVouched: known.Generation == position.Generation);
    }

    /// <summary>As it stands in the table: all nine decimals, so that their order is that of time.</summary>
    internal static string TextOf(Instant instant)
    {
        var second = DateTime.UnixEpoch.AddSeconds(instant.UnixSeconds);
        return string.Create(CultureInfo.InvariantCulture, $"{second:yyyy-MM-dd'T'HH:mm:ss}.{instant.Nanoseconds:D9}");
    }

    private static NpgsqlBatchCommand ChangedCommand(SnapshotCursor since, ChangedCursor after)
    {
        // No id is empty: from the beginning of xmax on.
        var isPast = after.Xid >= since.Xmax;
        return new NpgsqlBatchCommand(ChangedSql)
        {
            Parameters =
            {
                new NpgsqlParameter<ulong[]> { TypedValue = isPast ? [] : since.CopyInProgress(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Xid8 },
                Xid(after.Xid), Text(after.Id), Xid(isPast ? after.Xid : since.Xmax), Text(isPast ? after.Id : ""),
            },
        };
    }

    private static NpgsqlBatchCommand BoundaryCommand(Instant to, ChangedCursor after) => new(BoundarySql)
    {
        Parameters = { Text(after.BoundaryAt), Text(after.BoundaryId), Text(TextOf(to)) },
    };

    private static NpgsqlParameter<ulong> Xid(ulong xid) => new() { TypedValue = xid, NpgsqlDbType = NpgsqlDbType.Xid8 };

    private static NpgsqlParameter<string> Text(string text) => new() { TypedValue = text };

    private sealed class PageBuilder(ChangedCursor after)
    {
        private readonly List<string> _ids = [];
        private readonly HashSet<string> _known = new(StringComparer.Ordinal);
        private ChangedCursor _next = after;
        private int _changed;
        private int _boundaries;

        public void AddChanged(ulong xid, string id)
        {
            _changed++;
            _next = _next with { Xid = xid, Id = id };
            Add(id);
        }

        public void AddBoundary(string at, string id)
        {
            _boundaries++;
            _next = _next with { BoundaryAt = at, BoundaryId = id };
            Add(id);
        }

        public ChangedPage Build(DatabasePosition position, bool isVouched) =>
            new(position, isVouched, _ids, _next, IsLast: _changed < PageMembers && _boundaries < PageMembers);

        private void Add(string id)
        {
            if (_known.Add(id))
            {
                _ids.Add(id);
            }
        }
    }
}

/// <summary>The last that a page held, of those who changed and of those of whom a fact begins or ends.</summary>
public sealed record ChangedCursor(ulong Xid, string Id, string BoundaryAt, string BoundaryId)
{
    /// <summary>Before all who changed, and before what begins or ends at an instant.</summary>
    public static ChangedCursor From(Instant instant) => new(0, "", ChangedMembers.TextOf(instant), "");
}

/// <summary>Members who may be answered otherwise now.</summary>
/// <param name="Database">As of which snapshot it was read.</param>
/// <param name="IsVouched">A mark of this generation is known, and was found: the database was not put back since.</param>
/// <param name="Ids">Each once.</param>
/// <param name="Next">To go on from.</param>
/// <param name="IsLast">Nothing came after it when it was read.</param>
public sealed record ChangedPage(DatabasePosition Database, bool IsVouched, IReadOnlyList<string> Ids, ChangedCursor Next, bool IsLast);
