using Belong.ConsentService.Database;
using Belong.ConsentService.Freshness;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Rules;
using Grpc.Core;
using Npgsql;
using Case = Belong.Consent.V1.ImportMembersRequest.MessageOneofCase;
using V1 = Belong.Consent.V1;

namespace Belong.ConsentService.Registry;

/// <summary>Registers many new members in one transaction, as they come in: none is kept in memory.</summary>
public sealed class MemberImport(NpgsqlDataSource source, TimeProvider time, RegistrySettings settings, WriteGuard guard, EnforcementDelay? delay = null)
{
    private static readonly TimeSpan TakeBackTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Throws an <see cref="RpcException"/> when the import is refused; then nothing was changed.</summary>
    public async Task<V1.ImportMembersResponse> ImportAsync(string caller, IAsyncEnumerable<V1.ImportMembersRequest> messages, CancellationToken ct)
    {
        await using var stream = messages.GetAsyncEnumerator(ct);
        var header = await ReadHeaderAsync(stream);
        var origin = WriteOrigin.Of(caller, header.Context);
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var (earlier, generation) = await LockAsync(connection, origin, ct);
        using var hash = new ContentHash();
        hash.Add(HistoryRow.Import);
        hash.Add(header.SkipInvalid ? "skip" : "all");
        if (earlier is not null)
        {
            await HashAllAsync(stream, hash);
            earlier.RequireSame(origin.IdempotencyKey, hash.Finish());
            await transaction.CommitAsync(ct);
            return Answer(ChangesJson.Read<V1.ImportMembersResponse>(earlier.ChangesJson).Single(), TokenOf(generation, earlier.Xid, earlier.RecordedAt), true);
        }

        var refusals = new ImportRefusals(header.SkipInvalid);
        var recordedAt = Times.Now(time);
        var imported = await CopyAsync(connection, stream, hash, origin, recordedAt, refusals, ct);
        var answer = new V1.ImportMembersResponse { Imported = imported, Skipped = refusals.Count, Refusals = { refusals.Listed() } };
        var row = HistoryRow.Of(origin, HistoryRow.Import, "", imported, ChangesJson.Write([answer]), recordedAt, hash.Finish());
        var xid = await RecordAsync(connection, row, ct);
        guard.RequireUnseen(generation, xid);
        var token = TokenOf(generation, xid, recordedAt);
        var sent = time.GetTimestamp();
        await transaction.CommitAsync(ct);
        delay?.Committed(token, sent);
        return Answer(answer, token, false);
    }

    private static FactsToken TokenOf(string generation, ulong xid, Instant recordedAt) => new(generation, xid, false, 0, 0, recordedAt);

    private static V1.ImportMembersResponse Answer(V1.ImportMembersResponse answer, FactsToken token, bool isReplay)
    {
        answer.FactsVersion = token.ToString();
        answer.Replayed = isReplay;
        return answer;
    }

    private static async Task<V1.ImportHeader> ReadHeaderAsync(IAsyncEnumerator<V1.ImportMembersRequest> stream)
    {
        if (!await stream.MoveNextAsync() || stream.Current.MessageCase != Case.Header)
        {
            throw Refusal.Field("header", "not given", "the first message must be the header");
        }

        WriteShape.RequireContext(stream.Current.Header.Context, "header.context");
        return stream.Current.Header;
    }

    private static V1.ImportedMember RequireMember(V1.ImportMembersRequest message, long position) => message.MessageCase == Case.Member
        ? message.Member
        : throw Refusal.Field($"message {position + 1}", message.MessageCase.ToString(), "every message after the header is a member");

    private static async Task HashAllAsync(IAsyncEnumerator<V1.ImportMembersRequest> stream, ContentHash hash)
    {
        for (var position = 1L; await stream.MoveNextAsync(); position++)
        {
            hash.Add(RequireMember(stream.Current, position));
        }
    }

    /// <summary>Two imports under one key run one after the other: a stream cannot be read again.</summary>
    private async Task<(EarlierWrite? Earlier, string Generation)> LockAsync(NpgsqlConnection connection, WriteOrigin origin, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            Timeout = settings.ImportStatementTimeoutSeconds,
            BatchCommands =
            {
                HistoryStore.IdleLimitCommand(settings),
                new("SELECT pg_advisory_xact_lock(hashtextextended($1, 1))") { Parameters = { HistoryStore.Text($"{origin.Caller}\n{origin.IdempotencyKey}") } },
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

    private async Task<long> CopyAsync(
        NpgsqlConnection connection, IAsyncEnumerator<V1.ImportMembersRequest> stream, ContentHash hash,
        WriteOrigin origin, Instant recordedAt, ImportRefusals refusals, CancellationToken ct)
    {
        var stage = new ImportStage(connection, settings.ImportStatementTimeoutSeconds);
        await stage.CreateAsync(ct);
        var staged = await StageAsync(stage, stream, hash, origin, recordedAt, refusals, ct);
        var imported = await stage.InsertMembersAsync(ct);
        if (imported < staged)
        {
            refusals.Add(staged - imported, await stage.ReadRefusedAsync(ImportRefusals.MaxListed, ct));
            await stage.DropRefusedAsync(ct);
        }

        await stage.InsertHistoryAsync(origin, recordedAt, ct);
        return imported;
    }

    private async Task<long> StageAsync(
        ImportStage stage, IAsyncEnumerator<V1.ImportMembersRequest> stream, ContentHash hash,
        WriteOrigin origin, Instant recordedAt, ImportRefusals refusals, CancellationToken ct)
    {
        var staged = 0L;
        await using var importer = await stage.BeginAsync(ct);
        try
        {
            for (var position = 1L; await stream.MoveNextAsync(); position++)
            {
                var member = RequireMember(stream.Current, position);
                hash.Add(member);
                RequireRoom(position);
                if (TryBuild(member, position, origin, recordedAt, refusals) is { } row)
                {
                    await ImportStage.WriteAsync(importer, position, row, ct);
                    staged++;
                }
            }

            await importer.CompleteAsync(ct);
            return staged;
        }
        catch
        {
            // Taking back a copy waits for PostgreSQL, which may be what failed.
            importer.Timeout = TakeBackTimeout;
            throw;
        }
    }

    private ImportRow? TryBuild(V1.ImportedMember member, long position, WriteOrigin origin, Instant recordedAt, ImportRefusals refusals)
    {
        var line = member.Line > 0 ? member.Line : position;
        try
        {
            WriteShape.RequireMember(member.MemberId, member.Changes);
            RequireNoErasure(member.Changes);
            var (facts, _) = MemberRegistry.ApplyAll(null, member.Changes, member.MemberId, recordedAt, origin);
            var json = MemberRegistry.Write(facts, member.MemberId, settings.MaxMemberFactsBytes);
            return new ImportRow(line, member.MemberId, json, Erasures.DueOf(facts), ChangesJson.Write(member.Changes));
        }
        catch (RpcException refusal)
        {
            refusals.Add(line, refusal);
            return null;
        }
    }

    private static void RequireNoErasure(Google.Protobuf.Collections.RepeatedField<V1.MemberChange> changes)
    {
        for (var i = 0; i < changes.Count; i++)
        {
            if (Erasures.IsErasure(changes[i]))
            {
                throw Require.Refuse(WriteShape.Position(i), "erasure", "given", "an import registers members and erases none");
            }
        }
    }

    private void RequireRoom(long position)
    {
        if (position > settings.MaxImportMembers)
        {
            throw Refusal.Of(StatusCode.ResourceExhausted, "IMPORT_TOO_LARGE",
                $"The import holds more than the {settings.MaxImportMembers} members that are allowed: split it");
        }
    }

    private static async Task<ulong> RecordAsync(NpgsqlConnection connection, HistoryRow row, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands = { new("SELECT pg_current_xact_id()"), HistoryStore.InsertCommand(row) },
        };
        return (ulong)(await batch.ExecuteScalarAsync(ct))!;
    }
}
