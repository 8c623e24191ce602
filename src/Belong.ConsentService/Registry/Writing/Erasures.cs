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
public sealed class Erasures(NpgsqlDataSource source, TimeProvider time)
{
    private const string SweepCaller = "consent-service";
    private const string SweepActor = "erasure sweep";

    internal static bool IsErasure(V1.MemberChange change) => change.ChangeCase == V1.MemberChange.ChangeOneofCase.Erasure;

    /// <summary>When a recorded erasure has still to be carried out.</summary>
    internal static object? DueOf(MemberFacts facts) =>
        !facts.IsTombstone && StatusChanges.FindErasure(facts)?.At is { } at ? Times.ToColumn(at) : null;

    /// <summary>
    /// Carries out erasures that were dated ahead and are due by <paramref name="now"/>, at most
    /// <paramref name="limit"/>; returns how many. Several instances may do so at once.
    /// </summary>
    public async Task<int> EraseDueAsync(DateTimeOffset now, int limit, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var due = await LockDueAsync(connection, now, limit, ct);
        foreach (var member in due)
        {
            await EraseAsync(connection, member, ct);
        }

        await transaction.CommitAsync(ct);
        return due.Count;
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

    private static async Task<List<DueMember>> LockDueAsync(NpgsqlConnection connection, DateTimeOffset now, int limit, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("""
            SELECT id, version, facts FROM member WHERE erasure_due <= $1 ORDER BY erasure_due LIMIT $2 FOR UPDATE SKIP LOCKED
            """, connection)
        {
            Parameters = { new() { Value = now.UtcDateTime }, new() { Value = limit } },
        };
        await using var reader = await command.ExecuteReaderAsync(ct);
        var due = new List<DueMember>();
        while (await reader.ReadAsync(ct))
        {
            due.Add(new DueMember(reader.GetString(0), FactsJson.ReadMember(reader.GetFieldValue<byte[]>(2), reader.GetInt64(1))));
        }

        return due;
    }

    private async Task EraseAsync(NpgsqlConnection connection, DueMember member, CancellationToken ct)
    {
        var order = await ReadOrderAsync(connection, member.Id, ct);
        await RemoveAsync(connection, member.Id, member.Facts, ct);
        var at = StatusChanges.FindErasure(member.Facts)!.At;
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("UPDATE member SET facts = $2, erasure_due = NULL WHERE id = $1")
                {
                    Parameters =
                    {
                        HistoryStore.Text(member.Id),
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
            HistoryRow.Member, member.Id, member.Facts.Version + 1, ChangesJson.Write(done), now, now, SweepCaller, SweepActor, "the erasure fell due", null, null)));
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

    private sealed record DueMember(string Id, MemberFacts Facts);
}
