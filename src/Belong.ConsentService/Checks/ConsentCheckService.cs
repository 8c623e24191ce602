using Belong.Consent.V1;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Rules;
using Grpc.Core;

namespace Belong.ConsentService.Checks;

/// <summary>The gRPC door of checks: translates, and nothing else.</summary>
public sealed class ConsentCheckService(Checker checker, BatchChecker batches, ServerInfo info, CallErrors errors, TimeProvider time) : ConsentCheck.ConsentCheckBase
{
    public override async Task<CheckUseResponse> CheckUse(CheckUseRequest request, ServerCallContext context)
    {
        try
        {
            return new() { Decision = await CheckAsync(CheckTranslator.Read(request), request.Options, EndOf(context), context) };
        }
        catch (Exception e) when (errors.Note(e, context))
        {
            throw;
        }
    }

    public override async Task<CheckDisclosureResponse> CheckDisclosure(CheckDisclosureRequest request, ServerCallContext context)
    {
        try
        {
            var end = EndOf(context);
            var kind = await checker.FindKindAsync(request, end, context.CancellationToken);
            return new() { Decision = await CheckAsync(CheckTranslator.Read(request, kind), request.Options, end, context) };
        }
        catch (Exception e) when (errors.Note(e, context))
        {
            throw;
        }
    }

    public override async Task<CheckAnonymizedProvisionResponse> CheckAnonymizedProvision(CheckAnonymizedProvisionRequest request, ServerCallContext context)
    {
        try
        {
            return new() { Decision = await CheckAsync(CheckTranslator.Read(request), request.Options, EndOf(context), context) };
        }
        catch (Exception e) when (errors.Note(e, context))
        {
            throw;
        }
    }

    public override async Task<CheckBatchResponse> CheckBatch(CheckBatchRequest request, ServerCallContext context)
    {
        try
        {
            return await batches.CheckAsync(request, CallerOf(context), EndOf(context), context.CancellationToken);
        }
        catch (Exception e) when (errors.Note(e, context))
        {
            throw;
        }
    }

    public override Task<GetServerInfoResponse> GetServerInfo(GetServerInfoRequest request, ServerCallContext context) => Task.FromResult(info.Write());

    private static Caller CallerOf(ServerCallContext context) => (Caller)context.GetHttpContext().User;

    private AnswerTime EndOf(ServerCallContext context) => AnswerTime.Until(context.Deadline, time);

    private ValueTask<Consent.V1.Decision> CheckAsync(CheckRequest request, CheckOptions? options, AnswerTime end, ServerCallContext context) =>
        checker.CheckAsync(request, CallerOf(context), options, end, context.CancellationToken);
}
