using System.Runtime.CompilerServices;
using Belong.ConsentService.Access;
using Belong.ConsentService.Database;
using Belong.ConsentService.Hosting;
using Grpc.Core;
using V1 = Belong.Consent.V1;

namespace Belong.ConsentService.Registry;

/// <summary>The writing side over gRPC: who may, what was asked, and what an error means.</summary>
[BindServiceMethod(typeof(StrictMessages.OfRegistry), StrictMessages.BindMethod)]
internal sealed partial class RegistryService(
    MemberRegistry members,
    VendorRegister register,
    MemberImport import,
    HistoryReader history,
    FactsDatabase database,
    WriteLog writes,
    StreamLeases leases,
    RegistrySettings settings,
    ILogger<RegistryService> logger) : V1.ConsentRegistry.ConsentRegistryBase
{
    public override Task<V1.RecordMemberResponse> RecordMember(V1.RecordMemberRequest request, ServerCallContext context) =>
        AnswerAsync(context, async (caller, ct) =>
        {
            WriteShape.RequireContext(request.Context);
            WriteRights.Require(caller, request.Changes);
            var result = await members.RecordAsync(WriteOrigin.Of(caller.Name, request.Context), request.MemberId, request.Changes, ct);
            await writes.MemberAsync(caller.Name, request.MemberId, result, ct);
            return new V1.RecordMemberResponse
            {
                FactsVersion = result.Token,
                MemberVersion = result.Version,
                RecordedAt = Times.ToTimestamp(result.RecordedAt),
                Replayed = result.IsReplay,
            };
        });

    public override Task<V1.RecordRegisterResponse> RecordRegister(V1.RecordRegisterRequest request, ServerCallContext context) =>
        AnswerAsync(context, async (caller, ct) =>
        {
            WriteShape.RequireContext(request.Context);
            WriteRights.Require(caller, request.Changes);
            var result = await register.RecordAsync(WriteOrigin.Of(caller.Name, request.Context), request.Changes, ct);
            writes.Register(caller.Name, result);
            return new V1.RecordRegisterResponse
            {
                FactsVersion = result.Token,
                RegisterVersion = result.Version,
                RecordedAt = Times.ToTimestamp(result.RecordedAt),
                Replayed = result.IsReplay,
            };
        });

    public override Task<V1.ImportMembersResponse> ImportMembers(IAsyncStreamReader<V1.ImportMembersRequest> requestStream, ServerCallContext context) =>
        AnswerAsync(context, async (caller, ct) =>
        {
            WriteRights.RequireImport(caller);
            var answer = await import.ImportAsync(caller.Name, ReadAllAsync(Within(requestStream), leases.Of(context), ct), ct);
            writes.Import(caller.Name, answer.Imported, answer.Replayed);
            return answer;
        });

    public override Task<V1.GetMemberResponse> GetMember(V1.GetMemberRequest request, ServerCallContext context) =>
        AnswerAsync(context, async (_, ct) =>
        {
            Require.Id("", "member_id", request.MemberId);
            var facts = await database.ReadMemberAsync(request.MemberId, ct) ?? throw HistoryReader.Unknown(request.MemberId);
            return new V1.GetMemberResponse { Member = MemberMessages.ToMessage(request.MemberId, facts) };
        });

    public override Task<V1.GetMemberHistoryResponse> GetMemberHistory(V1.GetMemberHistoryRequest request, ServerCallContext context) =>
        AnswerAsync(context, (_, ct) => history.ReadAsync(request, ct));

    public override Task<V1.GetRegisterResponse> GetRegister(V1.GetRegisterRequest request, ServerCallContext context) =>
        AnswerAsync(context, (_, ct) => register.ReadAsync(ct));

    /// <summary>The caller comes from the authentication, never from the message; errors leave without a stack trace.</summary>
    private async Task<T> AnswerAsync<T>(ServerCallContext context, Func<Caller, CancellationToken, Task<T>> answer)
    {
        var caller = (Caller)context.GetHttpContext().User;
        var ct = context.CancellationToken;
        using var commands = new CommandCancellation(ct);
        try
        {
            return await answer(caller, commands.Token);
        }
        catch (RpcException)
        {
            throw;
        }
        catch (Exception) when (ct.IsCancellationRequested)
        {
            var code = context.Deadline <= DateTime.UtcNow ? StatusCode.DeadlineExceeded : StatusCode.Cancelled;
            throw new RpcException(new Status(code, "The call ended before it was answered: repeat a write with the same idempotency key"));
        }
        catch (Exception error) when (StoreErrors.IsConflict(error))
        {
            // Of an import: its stream cannot be read again.
            throw StoreErrors.Busy();
        }
        catch (Exception error) when (StoreErrors.IsUnavailable(error))
        {
            Log.Unavailable(logger, context.Method, error);
            throw StoreErrors.Unavailable();
        }
        catch (Exception error)
        {
            Log.Failed(logger, context.Method, error);
            throw StoreErrors.Internal();
        }
    }

    private static async IAsyncEnumerable<V1.ImportMembersRequest> ReadAllAsync(
        CallerStream<V1.ImportMembersRequest> stream, StreamLease lease, [EnumeratorCancellation] CancellationToken cancellation)
    {
        while (await stream.MoveNext(cancellation))
        {
            await lease.RequireAsync();
            yield return stream.Current;
        }

        // What is left is to record it.
        await lease.RequireAsync();
    }

    private CallerStream<V1.ImportMembersRequest> Within(IAsyncStreamReader<V1.ImportMembersRequest> stream) =>
        new(stream, TimeSpan.FromSeconds(settings.ImportIdleTimeoutSeconds), "member", "Consent:Registry:ImportIdleTimeoutSeconds", "IMPORT_IDLE");

    private static partial class Log
    {
        [LoggerMessage(EventId = 10, Level = LogLevel.Warning, Message = "{Method}: PostgreSQL is unavailable")]
        public static partial void Unavailable(ILogger logger, string method, Exception error);

        [LoggerMessage(EventId = 11, Level = LogLevel.Error, Message = "{Method} failed")]
        public static partial void Failed(ILogger logger, string method, Exception error);
    }
}
