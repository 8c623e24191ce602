using Belong.ConsentService.Database;
using Belong.ConsentService.Freshness;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Rules;
using Grpc.Core;
using Npgsql;
using NpgsqlTypes;
using V1 = Belong.Consent.V1;

namespace Belong.ConsentService.Registry;

/// <summary>Records changes of members: facts and history in one transaction, once for each idempotency key.</summary>
public sealed class MemberRegistry(NpgsqlDataSource source, TimeProvider time, RegistrySettings settings, WriteGuard guard, EnforcementDelay? delay = null, ConsentMetrics? metrics = null)
{
    /// <summary>Throws an <see cref="RpcException"/> when the write is refused; then nothing was changed.</summary>
    public Task<WriteResult> RecordAsync(WriteOrigin origin, string memberId, IList<V1.MemberChange> changes, CancellationToken ct)
    {
        WriteShape.RequireMember(memberId, changes);
        var hash = ContentHash.Of(HistoryRow.Member, memberId, changes);
        return Attempts.RunAsync(settings.MaxAttempts, ct => TryRecordAsync(origin, memberId, changes, hash, ct), begun => metrics?.Answered(PostgresOperation.RecordMember, begun), ct);
    }

    /// <summary>The facts after all changes, and those before an erasure among them.</summary>
    internal static (MemberFacts After, MemberFacts? Erased) ApplyAll(
        MemberFacts? facts, IList<V1.MemberChange> changes, string memberId, Instant recordedAt, WriteOrigin origin)
    {
        MemberFacts? erased = null;
        var context = new ChangeContext(memberId, recordedAt, origin.IdempotencyKey, 0) { ReceivedAt = origin.ReceivedBy(recordedAt) };
        for (var i = 0; i < changes.Count; i++)
        {
            var before = facts;
            facts = MemberChanges.Apply(before, changes[i], context with { Index = i });
            erased = facts.IsTombstone ? before : null;
        }

        return (facts!, erased);
    }

    /// <summary>The JSON of the facts, if it is not too large to be kept.</summary>
    internal static byte[] Write(MemberFacts facts, string memberId, int maxBytes)
    {
        var json = FactsJson.Write(facts);
        return json.Length <= maxBytes ? json : throw Refusal.Of(StatusCode.ResourceExhausted, "TOO_MANY_RECORDS",
            $"member_id is {Require.Show(memberId)}: the facts of the member would take {json.Length} bytes, and {maxBytes} are allowed");
    }

    private async Task<WriteResult> TryRecordAsync(
        WriteOrigin origin, string memberId, IList<V1.MemberChange> changes, byte[] hash, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var known = await LockAsync(connection, origin, memberId, ct);
        if (known.Earlier is { } earlier)
        {
            earlier.RequireSame(origin.IdempotencyKey, hash);
            await transaction.CommitAsync(ct);
            var first = FactsToken.ForMember(known.Generation, earlier.Xid, memberId, earlier.Version, earlier.RecordedAt);
            return new WriteResult(first.ToString(), earlier.Version, earlier.RecordedAt, true);
        }

        // After the lock, so that the history of a member runs forward.
        var recordedAt = Times.Now(time);
        var (after, erased) = ApplyAll(known.Facts, changes, memberId, recordedAt, origin);
        var version = (known.Facts?.Version ?? 0) + 1;
        if (erased is not null)
        {
            await Erasures.RemoveAsync(connection, memberId, erased, ct);
        }

        // What else was written along with an erasure is erased with it.
        var kept = after.IsTombstone ? ChangesJson.Write(changes.Where(Erasures.IsErasure)) : ChangesJson.Write(changes);
        var row = HistoryRow.Of(origin, HistoryRow.Member, memberId, version, kept, recordedAt, hash);
        var xid = await StoreAsync(connection, memberId, known.Facts is null, after, row, ct);
        guard.RequireUnseen(known.Generation, xid);
        var sent = time.GetTimestamp();
        await transaction.CommitAsync(ct);
        var token = FactsToken.ForMember(known.Generation, xid, memberId, version, recordedAt);
        delay?.Committed(token, sent);
        return new WriteResult(token.ToString(), version, recordedAt, false);
    }

    private async Task<Known> LockAsync(NpgsqlConnection connection, WriteOrigin origin, string memberId, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                HistoryStore.IdleLimitCommand(settings),
                new("SELECT version, facts FROM member WHERE id = $1 FOR UPDATE") { Parameters = { HistoryStore.Text(memberId) } },
                HistoryStore.FindCommand(origin.Caller, origin.IdempotencyKey),
                guard.GenerationCommand(),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var facts = await reader.ReadAsync(ct) ? FactsJson.ReadMember(reader.GetFieldValue<byte[]>(1), reader.GetInt64(0)) : null;
        await reader.NextResultAsync(ct);
        var earlier = await HistoryStore.ReadFoundAsync(reader, ct);
        await reader.NextResultAsync(ct);
        return new Known(facts, earlier, await HistoryStore.ReadGenerationAsync(reader, ct));
    }

    private async Task<ulong> StoreAsync(
        NpgsqlConnection connection, string memberId, bool isNew, MemberFacts facts, HistoryRow row, CancellationToken ct)
    {
        var sql = isNew
            ? "INSERT INTO member (id, facts, erasure_due) VALUES ($1, $2, $3) RETURNING changed_xid"
            : "UPDATE member SET facts = $2, erasure_due = $3 WHERE id = $1 RETURNING changed_xid";
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new(sql)
                {
                    Parameters =
                    {
                        HistoryStore.Text(memberId),
                        new NpgsqlParameter<byte[]> { TypedValue = Write(facts, memberId, settings.MaxMemberFactsBytes), NpgsqlDbType = NpgsqlDbType.Jsonb },
                        HistoryStore.Nullable(Erasures.DueOf(facts), NpgsqlDbType.TimestampTz),
                    },
                },
                HistoryStore.InsertCommand(row),
            },
        };
        return (ulong)(await batch.ExecuteScalarAsync(ct))!;
    }

    private sealed record Known(MemberFacts? Facts, EarlierWrite? Earlier, string Generation);
}
