using Belong.Consent.V1;
using Belong.ConsentService.Access;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Rules;
using Grpc.Core;

namespace Belong.ConsentService.Checks;

/// <summary>The gRPC door of checks: translates, and nothing else.</summary>
[BindServiceMethod(typeof(StrictMessages.OfChecks), StrictMessages.BindMethod)]
public sealed class ConsentCheckService(CheckAdmission admission, Checker checker, BatchChecker batches, ServerInfo info, CallErrors errors, TimeProvider time) : ConsentCheck.ConsentCheckBase
{
    public override async Task<CheckUseResponse> CheckUse(CheckUseRequest request, ServerCallContext context)
    {
        try
        {
            // Nothing is awaited in between: each method that is would cost as much as all rules.
            var check = checker.Begin(CheckTranslator.Read(request), CallerOf(context), request.Options, EndOf(context));
            await check.Ended;
            return new() { Decision = checker.TryEnd(check, out var cached) ?? await checker.EndAsync(check, cached, context.CancellationToken) };
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
            var kind = await admission.FindKindAsync(request, CallerOf(context), end, context.CancellationToken);
            var check = checker.Begin(CheckTranslator.Read(request, kind), CallerOf(context), request.Options, end);
            await check.Ended;
            return new() { Decision = checker.TryEnd(check, out var cached) ?? await checker.EndAsync(check, cached, context.CancellationToken) };
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
            var check = CheckTranslator.Read(request);
            return new() { Decision = await checker.CheckAsync(check, CallerOf(context), request.Options, EndOf(context), context.CancellationToken) };
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
}
