using Belong.ConsentService.Database;
using Belong.ConsentService.Rules;
using Npgsql;
using NpgsqlTypes;
using V1 = Belong.Consent.V1;

namespace Belong.ConsentService.Registry;

/// <summary>
/// §10: facts and history go; the facts are kept under a pseudonym, and in the history what tells of
/// the erasure.
/// </summary>
public sealed partial class Erasures(NpgsqlDataSource source, RegistrySettings settings, TimeProvider time, ILogger<Erasures> logger)
{
    private const string SweepCaller = "consent-service";
    private const string SweepActor = "erasure sweep";

    private long _failed;

    /// <summary>Erasures that were due and could not be carried out; each try counts.</summary>
    public long FailedCount => Interlocked.Read(ref _failed);

    internal static bool IsErasure(V1.MemberChange change) => change.ChangeCase == V1.MemberChange.ChangeOneofCase.Erasure;

    /// <summary>When a recorded erasure has still to be carried out.</summary>
    internal static object? DueOf(MemberFacts facts) =>
        !facts.IsTombstone && StatusChanges.FindErasure(facts)?.At is { } at ? Times.ToColumn(at) : null;

    /// <summary>
    /// Carries out the erasures that were dated ahead and are due by <paramref name="now"/>, looking for
    /// <paramref name="pageSize"/> at a time; returns how many. One that fails is left for the next call and
    /// keeps no other from being carried out. Several instances may do so at once.
    /// </summary>
    public async Task<int> EraseDueAsync(DateTimeOffset now, int pageSize, CancellationToken ct)
    {
        var erased = 0;
        DueMember? last = null;
        while (true)
        {
            var page = await ReadDueAsync(now, last, pageSize, ct);
            foreach (var due in page)
            {
                erased += await TryEraseAsync(due, now, ct) ? 1 : 0;
            }

            if (page.Count < pageSize)
            {
                return erased;
            }

            last = page[^1];
        }
    }

    /// <summary>Keeps the facts under the pseudonym and removes the history, in the caller's transaction.</summary>
    internal static async Task RemoveAsync(NpgsqlConnection connection, string memberId, MemberFacts facts, CancellationToken ct)
    {
        await using var salt = new NpgsqlCommand("SELECT pseudonym_salt FROM facts_identity", connection);
        var pseudonym = FactsDatabase.PseudonymOf((byte[])(await salt.ExecuteScalarAsync(ct))!, memberId);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("INSERT INTO erased_member (pseudonym, version, facts) VALUES ($1, $2, $3)")
                {
                    Parameters =
                    {
                        new NpgsqlParameter<byte[]> { TypedValue = pseudonym },
                        new NpgsqlParameter<long> { TypedValue = facts.Version },
                        new NpgsqlParameter<byte[]> { TypedValue = FactsJson.Write(facts), NpgsqlDbType = NpgsqlDbType.Jsonb },
                    },
                },
                new("SELECT set_config('consent.erasing', 'on', true)"),
                new("DELETE FROM history WHERE subject_kind = 'member' AND subject_id = $1") { Parameters = { HistoryStore.Text(memberId) } },
                new("SELECT set_config('consent.erasing', 'off', true)"),
            },
        };
        await batch.ExecuteNonQueryAsync(ct);
    }

    private async Task<List<DueMember>> ReadDueAsync(DateTimeOffset now, DueMember? after, int limit, CancellationToken ct)
    {
        await using var command = source.CreateCommand("""
            SELECT id, erasure_due FROM member WHERE erasure_due <= $1 AND (erasure_due, id) > ($2, $3) ORDER BY erasure_due, id LIMIT $4
            """);
        command.Parameters.Add(new() { Value = now.UtcDateTime });
        command.Parameters.Add(new() { Value = after?.Due ?? DateTime.SpecifyKind(DateTime.MinValue, DateTimeKind.Utc) });
        command.Parameters.Add(HistoryStore.Text(after?.Id ?? ""));
        command.Parameters.Add(new() { Value = limit });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var due = new List<DueMember>();
        while (await reader.ReadAsync(ct))
        {
            due.Add(new DueMember(reader.GetString(0), reader.GetDateTime(1)));
        }

        return due;
    }

    private async Task<bool> TryEraseAsync(DueMember due, DateTimeOffset now, CancellationToken ct)
    {
        try
        {
            return await EraseAsync(due, now, ct);
        }
        catch (Exception e) when (e is not OutOfMemoryException && !ct.IsCancellationRequested && !StoreErrors.IsUnavailable(e))
        {
            Interlocked.Increment(ref _failed);
            Log.Failed(logger, e.GetType().Name, (e as PostgresException)?.SqlState ?? "");
            return false;
        }
    }

    /// <summary>False when another instance is at it, or has done it.</summary>
    private async Task<bool> EraseAsync(DueMember due, DateTimeOffset now, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (await LockAsync(connection, due.Id, now, ct) is not { } facts)
        {
            return false;
        }

        var order = await ReadOrderAsync(connection, due.Id, ct);
        await RemoveAsync(connection, due.Id, facts, ct);
        await StoreAsync(connection, due.Id, facts, order, ct);
        await transaction.CommitAsync(ct);
        return true;
    }

    private async Task<MemberFacts?> LockAsync(NpgsqlConnection connection, string id, DateTimeOffset now, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                HistoryStore.IdleLimitCommand(settings),
                new("SELECT version, facts FROM member WHERE id = $1 AND erasure_due <= $2 FOR UPDATE SKIP LOCKED")
                {
                    Parameters = { HistoryStore.Text(id), new() { Value = now.UtcDateTime } },
                },
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct)
            ? FactsJson.ReadMember(reader.GetFieldValue<byte[]>(1), reader.GetInt64(0))
            : null;
    }

    private async Task StoreAsync(NpgsqlConnection connection, string id, MemberFacts facts, HistoryRow? order, CancellationToken ct)
    {
        var at = StatusChanges.FindErasure(facts)!.At;
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("UPDATE member SET facts = $2, erasure_due = NULL WHERE id = $1")
                {
                    Parameters =
                    {
                        HistoryStore.Text(id),
                        new NpgsqlParameter<byte[]> { TypedValue = FactsJson.Write(StatusChanges.Tombstone(at)), NpgsqlDbType = NpgsqlDbType.Jsonb },
                    },
                },
            },
        };
        if (order is not null)
        {
            batch.BatchCommands.Add(HistoryStore.InsertCommand(order));
        }

        var now = Times.Now(time);
        V1.MemberChange[] done = [new() { Erasure = new V1.Erasure { Start = Times.ToStart(at) } }];
        batch.BatchCommands.Add(HistoryStore.InsertCommand(new HistoryRow(
            HistoryRow.Member, id, facts.Version + 1, ChangesJson.Write(done), now, now, SweepCaller, SweepActor, "the erasure fell due", null, null)));
        await batch.ExecuteNonQueryAsync(ct);
    }

    /// <summary>The row that ordered the erasure, without what else was written along with it.</summary>
    private static async Task<HistoryRow?> ReadOrderAsync(NpgsqlConnection connection, string memberId, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("""
            SELECT version, changes, recorded_at, caller, actor, reason, idempotency_key, content_hash, xid, received_at
            FROM history WHERE subject_kind = 'member' AND subject_id = $1 AND changes @? '$[*].erasure' ORDER BY seq DESC LIMIT 1
            """, connection)
        {
            Parameters = { HistoryStore.Text(memberId) },
        };
        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct))
        {
            return null;
        }

        var changes = ChangesJson.Write(ChangesJson.Read<V1.MemberChange>(reader.GetString(1)).Where(IsErasure));
        return new HistoryRow(HistoryRow.Member, memberId, reader.GetInt64(0), changes,
            Instant.FromDateTime(reader.GetDateTime(9)), Instant.FromDateTime(reader.GetDateTime(2)),
            reader.GetString(3), reader.GetString(4), reader.GetString(5),
            reader.IsDBNull(6) ? null : reader.GetString(6),
            reader.IsDBNull(7) ? null : reader.GetFieldValue<byte[]>(7),
            reader.GetFieldValue<ulong>(8));
    }

    private sealed record DueMember(string Id, DateTime Due);

    private static partial class Log
    {
        // Without the exception: it may quote facts, and with them what names a member.
        [LoggerMessage(EventId = 1, Level = LogLevel.Error, Message = "An erasure that is due could not be carried out and is tried again later: {Error} {SqlState}")]
        public static partial void Failed(ILogger logger, string error, string sqlState);
    }
}
