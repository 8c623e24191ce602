using Belong.Consent.V1;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Rules;
using Grpc.Core;

namespace Belong.ConsentService.Checks;

/// <summary>The gRPC door of checks: translates, and nothing else.</summary>
public sealed class ConsentCheckService(Checker checker) : ConsentCheck.ConsentCheckBase
{
    public override async Task<CheckUseResponse> CheckUse(CheckUseRequest request, ServerCallContext context) =>
        new() { Decision = await CheckAsync(CheckTranslator.Read(request), request.Options, context) };

    public override async Task<CheckDisclosureResponse> CheckDisclosure(CheckDisclosureRequest request, ServerCallContext context) =>
        new() { Decision = await CheckAsync(CheckTranslator.Read(request, await FindKindAsync(request, context.CancellationToken)), request.Options, context) };

    public override async Task<CheckAnonymizedProvisionResponse> CheckAnonymizedProvision(CheckAnonymizedProvisionRequest request, ServerCallContext context) =>
        new() { Decision = await CheckAsync(CheckTranslator.Read(request), request.Options, context) };

    private async ValueTask<Consent.V1.Decision> CheckAsync(CheckRequest request, CheckOptions? options, ServerCallContext context)
    {
        var caller = (Caller)context.GetHttpContext().User;
        var (decision, facts) = await checker.CheckAsync(request, caller, options?.MinFactsVersion ?? "", context.CancellationToken);
        return DecisionWriter.Write(decision, facts, options?.Explain ?? false);
    }

    /// <summary>The capacity asked for; left open, the one that the vendor is registered in.</summary>
    private async ValueTask<Kind> FindKindAsync(CheckDisclosureRequest request, CancellationToken cancellation)
    {
        if (request.HasCapacity)
        {
            return request.Capacity == Capacity.Contractor ? Kind.Contractor : Kind.ThirdParty;
        }

        if (request.ExceptionClaim is not null)
        {
            return Kind.ThirdParty;
        }

        var vendor = await checker.FindVendorAsync(request.RecipientId, request.Options?.MinFactsVersion ?? "", cancellation);
        var relations = vendor?.Relations ?? VendorRelations.None;
        return (relations & (VendorRelations.Contractor | VendorRelations.ThirdParty)) switch
        {
            VendorRelations.Contractor => Kind.Contractor,
            VendorRelations.ThirdParty => Kind.ThirdParty,
            VendorRelations.None => request.RecipientPurpose.Length > 0 ? Kind.ThirdParty : Kind.Contractor,
            _ => throw Refusal.Field("capacity", "missing", $"1 (CONTRACTOR) or 2 (THIRD_PARTY) is required, as '{request.RecipientId}' is registered as both"),
        };
    }
}
