using Belong.ConsentService.Database;
using Npgsql;
using NpgsqlTypes;

namespace Belong.ConsentService.Feed;

/// <summary>As of which snapshot a read was, and what the register and the database were then.</summary>
internal sealed record ReadHead(SnapshotCursor Snapshot, long RegisterVersion, string Generation, Guid? Mark);

/// <summary>Takes what a read finds, and makes the read wait when it cannot keep up.</summary>
internal interface IMemberSink
{
    /// <summary>Comes first: the place to refuse.</summary>
    void Begin(ReadHead head);

    ValueTask AddAsync(string id, long version, byte[] facts, CancellationToken cancellation);
}

/// <summary>
/// Reads members that changed since a snapshot, or all of them, in one REPEATABLE READ transaction that
/// also gives the next snapshot: one round trip. Not for concurrent use.
/// </summary>
internal sealed class ChangeReader : IAsyncDisposable
{
    private const string Begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

    private const string Head = $"""
        SELECT pg_current_snapshot()::text, (SELECT version FROM register), (SELECT generation FROM facts_identity),
            ({FactsDatabase.NewestMarkSql})
        """;

    // The two halves share no row: what was in progress is below xmax. A transaction id that is still to come
    // was brought by a dump from another server: such rows came with the rebuild.
    private const string Changed =
        """
        SELECT id, version, facts FROM member WHERE changed_xid >= $1 AND changed_xid < pg_snapshot_xmax(pg_current_snapshot())
        UNION ALL
        SELECT id, version, facts FROM member WHERE changed_xid = ANY($2)
        """;

    private const string All = "SELECT id, version, facts FROM member";

    // The plan never depends on the parameters: planning is saved, and statistics cannot lead it to scan the table. It
    // looks dear where there are many members, and would be compiled at each read, which takes longer than the read.
    private const string Session = "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET jit = off";

    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlBatch _changes;
    private readonly NpgsqlParameter<ulong> _xmax = new() { NpgsqlDbType = NpgsqlDbType.Xid8 };
    private readonly NpgsqlParameter<ulong[]> _inProgress = new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Xid8 };
    private readonly int _timeoutSeconds;

    private ChangeReader(NpgsqlConnection connection, int timeoutSeconds)
    {
        _connection = connection;
        _timeoutSeconds = timeoutSeconds;
        _changes = new NpgsqlBatch(connection)
        {
            Timeout = timeoutSeconds,
            BatchCommands =
            {
                new(Begin), new(Head), new(Changed) { Parameters = { _xmax, _inProgress } }, new("COMMIT"),
            },
        };
    }

    public static async Task<ChangeReader> OpenAsync(FeedDatabase database, FeedSettings settings, CancellationToken cancellation)
    {
        var connection = await database.OpenApartAsync(cancellation);
        var reader = new ChangeReader(connection, settings.ReadTimeoutSeconds);
        try
        {
            await using var command = new NpgsqlCommand(Session, connection);
            await command.ExecuteNonQueryAsync(cancellation);
            reader._xmax.TypedValue = 1;
            reader._inProgress.TypedValue = [];
            await reader._changes.PrepareAsync(cancellation);
            return reader;
        }
        catch
        {
            await reader.DisposeAsync();
            throw;
        }
    }

    public async Task<ReadHead> ReadChangesAsync(SnapshotCursor since, IMemberSink sink, CancellationToken cancellation)
    {
        _xmax.TypedValue = since.Xmax;
        _inProgress.TypedValue = since.CopyInProgress();
        return await ReadAsync(_changes, sink, cancellation);
    }

    public async Task<ReadHead> ReadAllAsync(IMemberSink sink, CancellationToken cancellation)
    {
        await using var batch = new NpgsqlBatch(_connection)
        {
            Timeout = _timeoutSeconds,
            BatchCommands = { new(Begin), new("SET LOCAL enable_seqscan = on"), new(Head), new(All), new("COMMIT") },
        };
        return await ReadAsync(batch, sink, cancellation);
    }

    public async Task<RegisterRecords> ReadRegisterAsync(CancellationToken cancellation)
    {
        await using var transaction = await _connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellation);
        return await RegisterRecords.ReadAsync(_connection, cancellation);
    }

    public async Task<SnapshotCursor> ReadSnapshotAsync(CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand("SELECT pg_current_snapshot()::text", _connection);
        return SnapshotCursor.Parse((string)(await command.ExecuteScalarAsync(cancellation))!);
    }

    /// <summary>False when the database has gone back behind the mark, and when there is none to go by.</summary>
    public async Task<bool> HasMarkAsync(Guid? mark, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand("SELECT EXISTS (SELECT FROM lineage WHERE mark = $1)", _connection);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = mark ?? Guid.Empty });
        return (bool)(await command.ExecuteScalarAsync(cancellation))!;
    }

    public async ValueTask DisposeAsync()
    {
        await _changes.DisposeAsync();
        await _connection.DisposeAsync();
    }

    private static async Task<ReadHead> ReadAsync(NpgsqlBatch batch, IMemberSink sink, CancellationToken cancellation)
    {
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        if (!await reader.ReadAsync(cancellation) || reader.IsDBNull(2))
        {
            throw new InvalidOperationException("The database has no identity yet: apply the migrations first.");
        }

        var head = new ReadHead(SnapshotCursor.Parse(reader.GetString(0)), reader.GetInt64(1), reader.GetString(2), reader.IsDBNull(3) ? null : reader.GetGuid(3));
        sink.Begin(head);
        await reader.NextResultAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            await sink.AddAsync(reader.GetString(0), reader.GetInt64(1), reader.GetFieldValue<byte[]>(2), cancellation);
        }

        return head;
    }
}
