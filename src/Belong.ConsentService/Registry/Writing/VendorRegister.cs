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

/// <summary>Records vendors, policy versions and determinations, one write after the other.</summary>
public sealed class VendorRegister(NpgsqlDataSource source, TimeProvider time, RegistrySettings settings, WriteGuard guard, EnforcementDelay? delay = null, ConsentMetrics? metrics = null)
{
    /// <summary>Throws an <see cref="RpcException"/> when the write is refused; then nothing was changed.</summary>
    public Task<WriteResult> RecordAsync(WriteOrigin origin, IList<V1.RegisterChange> changes, CancellationToken ct)
    {
        WriteShape.RequireRegister(changes);
        var hash = ContentHash.Of(HistoryRow.Register, "", changes);
        return Attempts.RunAsync(settings.MaxAttempts, ct => TryRecordAsync(origin, changes, hash, ct), begun => metrics?.Answered(PostgresOperation.RecordRegister, begun), ct);
    }

    /// <summary>All of the register as of one instant.</summary>
    public async Task<V1.GetRegisterResponse> ReadAsync(CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, ct);
        var register = await RegisterRecords.ReadAsync(connection, ct);
        return new V1.GetRegisterResponse
        {
            Version = register.Version,
            Vendors = { register.Vendors.Select(RegisterMessages.ToMessage) },
            // Stable: of equal starts the order of recording stays.
            PolicyVersions = { register.PolicyVersions.OrderBy(version => version.EffectiveAt ?? Rules.Instant.End).Select(RegisterMessages.ToMessage) },
            Determinations = { register.Determinations.Select(RegisterMessages.ToMessage) },
        };
    }

    private async Task<WriteResult> TryRecordAsync(WriteOrigin origin, IList<V1.RegisterChange> changes, byte[] hash, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var (earlier, generation) = await LockAsync(connection, origin, ct);
        if (earlier is not null)
        {
            earlier.RequireSame(origin.IdempotencyKey, hash);
            await transaction.CommitAsync(ct);
            return new WriteResult(TokenOf(generation, earlier.Xid, earlier.Version, earlier.RecordedAt).ToString(), earlier.Version, earlier.RecordedAt, true);
        }

        var recordedAt = Times.Now(time);
        var after = RegisterChanges.Apply(await RegisterRecords.ReadAsync(connection, ct), changes, recordedAt, settings);
        var (version, xid) = await StoreAsync(connection, after, ct);
        guard.RequireUnseen(generation, xid);
        var row = HistoryRow.Of(origin, HistoryRow.Register, "", version, ChangesJson.Write(changes), recordedAt, hash);
        await using (var batch = new NpgsqlBatch(connection) { BatchCommands = { HistoryStore.InsertCommand(row) } })
        {
            await batch.ExecuteNonQueryAsync(ct);
        }

        var sent = time.GetTimestamp();
        await transaction.CommitAsync(ct);
        var token = TokenOf(generation, xid, version, recordedAt);
        delay?.Committed(token, sent);
        return new WriteResult(token.ToString(), version, recordedAt, false);
    }

    private static FactsToken TokenOf(string generation, ulong xid, long version, Instant recordedAt) => new(generation, xid, true, 0, version, recordedAt);

    private async Task<(EarlierWrite? Earlier, string Generation)> LockAsync(NpgsqlConnection connection, WriteOrigin origin, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                HistoryStore.IdleLimitCommand(settings),
                new("SELECT version FROM register FOR UPDATE"),
                HistoryStore.FindCommand(origin.Caller, origin.IdempotencyKey),
                guard.GenerationCommand(),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.NextResultAsync(ct);
        var earlier = await HistoryStore.ReadFoundAsync(reader, ct);
        await reader.NextResultAsync(ct);
        return (earlier, await HistoryStore.ReadGenerationAsync(reader, ct));
    }

    private static async Task<(long Version, ulong Xid)> StoreAsync(NpgsqlConnection connection, RegisterChanges changes, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection);
        AddPut(batch, "vendor", "id", [.. changes.Vendors.Keys], [.. changes.Vendors.Values.Select(FactsJson.Write)]);
        AddPut(batch, "policy_version", "id", [.. changes.PolicyVersions.Keys], [.. changes.PolicyVersions.Values.Select(FactsJson.Write)]);
        AddPut(batch, "determination", "ref", [.. changes.Determinations.Keys], [.. changes.Determinations.Values.Select(FactsJson.Write)]);
        await batch.ExecuteNonQueryAsync(ct);
        await using var command = new NpgsqlCommand("SELECT version, changed_xid FROM register", connection);
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return (reader.GetInt64(0), reader.GetFieldValue<ulong>(1));
    }

    /// <summary>In the order given, which is the order of recording of new policy versions.</summary>
    private static void AddPut(NpgsqlBatch batch, string table, string key, string[] ids, byte[][] records)
    {
        if (ids.Length == 0)
        {
            return;
        }

        batch.BatchCommands.Add(new NpgsqlBatchCommand($"""
            INSERT INTO {table} ({key}, record)
            SELECT put.id, put.record FROM unnest($1, $2) WITH ORDINALITY AS put (id, record, position) ORDER BY position
            ON CONFLICT ({key}) DO UPDATE SET record = excluded.record
            """)
        {
            Parameters =
            {
                new NpgsqlParameter<string[]> { TypedValue = ids, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
                new NpgsqlParameter<byte[][]> { TypedValue = records, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb },
            },
        });
    }
}
