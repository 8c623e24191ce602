using Belong.Consent.V1;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Rules;
using Grpc.Core;

namespace Belong.ConsentService.Checks;

/// <summary>The gRPC door of checks: translates, and nothing else.</summary>
public sealed partial class ConsentCheckService(Checker checker, ConsentMetrics metrics, TimeProvider time, ILogger<ConsentCheckService> logger) : ConsentCheck.ConsentCheckBase
{
    public override async Task<CheckUseResponse> CheckUse(CheckUseRequest request, ServerCallContext context)
    {
        try
        {
            return new() { Decision = await CheckAsync(CheckTranslator.Read(request), request.Options, EndOf(context), context) };
        }
        catch (Exception e) when (Note(e, context))
        {
            throw;
        }
    }

    public override async Task<CheckDisclosureResponse> CheckDisclosure(CheckDisclosureRequest request, ServerCallContext context)
    {
        try
        {
            var end = EndOf(context);
            var kind = await FindKindAsync(request, end, context.CancellationToken);
            return new() { Decision = await CheckAsync(CheckTranslator.Read(request, kind), request.Options, end, context) };
        }
        catch (Exception e) when (Note(e, context))
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
        catch (Exception e) when (Note(e, context))
        {
            throw;
        }
    }

    private AnswerTime EndOf(ServerCallContext context) => AnswerTime.Until(context.Deadline, time);

    private ValueTask<Consent.V1.Decision> CheckAsync(CheckRequest request, CheckOptions? options, AnswerTime end, ServerCallContext context) =>
        checker.CheckAsync(request, (Caller)context.GetHttpContext().User, options, end, context.CancellationToken);

    /// <summary>Counts who has gone, logs what was not foreseen, and lets all of it pass.</summary>
    private bool Note(Exception error, ServerCallContext context)
    {
        if (error is RpcException)
        {
            return false;
        }

        if (context.CancellationToken.IsCancellationRequested)
        {
            // Nobody's failure.
            metrics.Abandoned();
        }
        else
        {
            Log.Failed(logger, context.Method, error);
        }

        return false;
    }

    /// <summary>The capacity asked for; left open, the one that the vendor is registered in.</summary>
    private async ValueTask<Kind> FindKindAsync(CheckDisclosureRequest request, AnswerTime end, CancellationToken cancellation)
    {
        if (request.HasCapacity)
        {
            return request.Capacity == Capacity.Contractor ? Kind.Contractor : Kind.ThirdParty;
        }

        if (request.ExceptionClaim is not null)
        {
            return Kind.ThirdParty;
        }

        var vendor = await checker.FindVendorAsync(request.RecipientId, request.Options?.MinFactsVersion ?? "", end, cancellation);
        var relations = vendor?.Relations ?? VendorRelations.None;
        return (relations & (VendorRelations.Contractor | VendorRelations.ThirdParty)) switch
        {
            VendorRelations.Contractor => Kind.Contractor,
            VendorRelations.ThirdParty => Kind.ThirdParty,
            VendorRelations.None => request.RecipientPurpose.Length > 0 ? Kind.ThirdParty : Kind.Contractor,
            _ => throw Refusal.Field("capacity", "missing", $"1 (CONTRACTOR) or 2 (THIRD_PARTY) is required, as '{request.RecipientId}' is registered as both"),
        };
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "{Method} failed")]
        public static partial void Failed(ILogger logger, string method, Exception error);
    }
}
