using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using Belong.ConsentService.Database;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Rules;
using Grpc.Core;
using Npgsql;
using V1 = Belong.Consent.V1;

namespace Belong.ConsentService.Registry;

/// <summary>Reads what was recorded of a member, page by page.</summary>
public sealed class HistoryReader(NpgsqlDataSource source)
{
    private const int DefaultPageSize = 100;
    private const int MaxPageSize = 1_000;
    private const int MaxPageBytes = 1_000_000;
    private const int TokenLength = 12;

    /// <summary>A page ends early when it grows large; the token leads on.</summary>
    public async Task<V1.GetMemberHistoryResponse> ReadAsync(V1.GetMemberHistoryRequest request, CancellationToken ct)
    {
        Require.Id("", "member_id", request.MemberId);
        if (request.PageSize is < 0 or > MaxPageSize)
        {
            throw Refusal.Field("page_size", $"{request.PageSize}", $"1 to {MaxPageSize} are allowed, or 0 for {DefaultPageSize}");
        }

        var size = request.PageSize == 0 ? DefaultPageSize : request.PageSize;
        var after = ParseToken(request.MemberId, request.PageToken);
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("SELECT 1 FROM member WHERE id = $1") { Parameters = { HistoryStore.Text(request.MemberId) } },
                new("""
                    SELECT seq, version, recorded_at, caller, actor, reason, idempotency_key, changes, received_at FROM history
                    WHERE subject_kind = 'member' AND subject_id = $1 AND seq > $2 ORDER BY seq LIMIT $3
                    """)
                {
                    Parameters =
                    {
                        HistoryStore.Text(request.MemberId),
                        new NpgsqlParameter<long> { TypedValue = after },
                        new NpgsqlParameter<int> { TypedValue = size + 1 },
                    },
                },
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct))
        {
            throw Unknown(request.MemberId);
        }

        await reader.NextResultAsync(ct);
        return await ReadPageAsync(reader, request.MemberId, size, ct);
    }

    internal static RpcException Unknown(string memberId) =>
        Refusal.Of(StatusCode.NotFound, "MEMBER_UNKNOWN", $"member_id is {Require.Show(memberId)}: there is no such member");

    private static async Task<V1.GetMemberHistoryResponse> ReadPageAsync(NpgsqlDataReader reader, string memberId, int size, CancellationToken ct)
    {
        var page = new V1.GetMemberHistoryResponse();
        var last = 0L;
        var bytes = 0;
        while (await reader.ReadAsync(ct))
        {
            if (page.Entries.Count == size || bytes > MaxPageBytes)
            {
                page.NextPageToken = TokenOf(memberId, last);
                break;
            }

            last = reader.GetInt64(0);
            var changes = reader.GetString(7);
            bytes += changes.Length;
            page.Entries.Add(new V1.HistoryEntry
            {
                MemberVersion = reader.GetInt64(1),
                RecordedAt = Times.ToTimestamp(Instant.FromDateTime(reader.GetDateTime(2))),
                Caller = reader.GetString(3),
                Actor = reader.GetString(4),
                Reason = reader.GetString(5),
                IdempotencyKey = reader.IsDBNull(6) ? "" : reader.GetString(6),
                Changes = { ChangesJson.Read<V1.MemberChange>(changes) },
                ReceivedAt = Times.ToTimestamp(Instant.FromDateTime(reader.GetDateTime(8))),
            });
        }

        return page;
    }

    /// <summary>Bound to the member, so that a token of another one is refused.</summary>
    private static string TokenOf(string memberId, long seq)
    {
        Span<byte> bytes = stackalloc byte[TokenLength];
        BinaryPrimitives.WriteInt64BigEndian(bytes, seq);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[8..], FactsToken.HashOf(memberId));
        return Base64Url.EncodeToString(bytes);
    }

    private static long ParseToken(string memberId, string token)
    {
        if (token.Length == 0)
        {
            return 0;
        }

        Span<byte> bytes = stackalloc byte[TokenLength];
        var isToken = token.Length == 16 && Base64Url.DecodeFromChars(token, bytes, out _, out var written) == OperationStatus.Done && written == TokenLength
            && BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]) == FactsToken.HashOf(memberId);
        return isToken
            ? BinaryPrimitives.ReadInt64BigEndian(bytes)
            : throw Refusal.Field("page_token", Require.Show(token), "give the next_page_token of the page before, for the same member");
    }
}
