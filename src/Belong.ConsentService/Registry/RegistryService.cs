using Belong.ConsentService.Database;
using Belong.ConsentService.Hosting;
using Grpc.Core;
using V1 = Belong.Consent.V1;

namespace Belong.ConsentService.Registry;

/// <summary>The writing side over gRPC: who may, what was asked, and what an error means.</summary>
[BindServiceMethod(typeof(StrictMessages), StrictMessages.BindMethod)]
public sealed partial class RegistryService(
    MemberRegistry members,
    VendorRegister register,
    MemberImport import,
    HistoryReader history,
    FactsDatabase database,
    RegistrySettings settings,
    ILogger<RegistryService> logger) : V1.ConsentRegistry.ConsentRegistryBase
{
    private const string Write = "write";
    private const string Read = "read";

    public override Task<V1.RecordMemberResponse> RecordMember(V1.RecordMemberRequest request, ServerCallContext context) =>
        AnswerAsync(context, Write, async (caller, ct) =>
        {
            WriteShape.RequireContext(request.Context);
            var result = await members.RecordAsync(WriteOrigin.Of(caller, request.Context), request.MemberId, request.Changes, ct);
            return new V1.RecordMemberResponse
            {
                FactsVersion = result.Token,
                MemberVersion = result.Version,
                RecordedAt = Times.ToTimestamp(result.RecordedAt),
                Replayed = result.IsReplay,
            };
        });

    public override Task<V1.RecordRegisterResponse> RecordRegister(V1.RecordRegisterRequest request, ServerCallContext context) =>
        AnswerAsync(context, Write, async (caller, ct) =>
        {
            WriteShape.RequireContext(request.Context);
            var result = await register.RecordAsync(WriteOrigin.Of(caller, request.Context), request.Changes, ct);
            return new V1.RecordRegisterResponse
            {
                FactsVersion = result.Token,
                RegisterVersion = result.Version,
                RecordedAt = Times.ToTimestamp(result.RecordedAt),
                Replayed = result.IsReplay,
            };
        });

    public override Task<V1.ImportMembersResponse> ImportMembers(IAsyncStreamReader<V1.ImportMembersRequest> requestStream, ServerCallContext context) =>
        AnswerAsync(context, Write, (caller, ct) => import.ImportAsync(caller, Within(requestStream).ReadAllAsync(ct), ct));

    public override Task<V1.GetMemberResponse> GetMember(V1.GetMemberRequest request, ServerCallContext context) =>
        AnswerAsync(context, Read, async (_, ct) =>
        {
            Require.Id("", "member_id", request.MemberId);
            var facts = await database.ReadMemberAsync(request.MemberId, ct) ?? throw HistoryReader.Unknown(request.MemberId);
            return new V1.GetMemberResponse { Member = MemberMessages.ToMessage(request.MemberId, facts) };
        });

    public override Task<V1.GetMemberHistoryResponse> GetMemberHistory(V1.GetMemberHistoryRequest request, ServerCallContext context) =>
        AnswerAsync(context, Read, (_, ct) => history.ReadAsync(request, ct));

    public override Task<V1.GetRegisterResponse> GetRegister(V1.GetRegisterRequest request, ServerCallContext context) =>
        AnswerAsync(context, Read, (_, ct) => register.ReadAsync(ct));

    /// <summary>The caller comes from the authentication, never from the message; errors leave without a stack trace.</summary>
    private async Task<T> AnswerAsync<T>(ServerCallContext context, string right, Func<string, CancellationToken, Task<T>> answer)
    {
        var caller = RequireCaller(context, right);
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

    private CallerStream<V1.ImportMembersRequest> Within(IAsyncStreamReader<V1.ImportMembersRequest> stream) =>
        new(stream, TimeSpan.FromSeconds(settings.ImportIdleTimeoutSeconds), "member", "Consent:Registry:ImportIdleTimeoutSeconds", "IMPORT_IDLE");

    private static string RequireCaller(ServerCallContext context, string right)
    {
        var user = context.GetHttpContext().User;
        var name = user.Identity is { IsAuthenticated: true } identity ? identity.Name : null;
        if (string.IsNullOrEmpty(name) || !user.HasClaim("consent", right))
        {
            throw Refusal.Of(StatusCode.PermissionDenied, "CALLER_NOT_PERMITTED",
                $"caller {Require.Show(name ?? "")} may not {right} facts: its grant must allow to {right}");
        }

        return name;
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 10, Level = LogLevel.Warning, Message = "{Method}: PostgreSQL is unavailable")]
        public static partial void Unavailable(ILogger logger, string method, Exception error);

        [LoggerMessage(EventId = 11, Level = LogLevel.Error, Message = "{Method} failed")]
        public static partial void Failed(ILogger logger, string method, Exception error);
    }
}
