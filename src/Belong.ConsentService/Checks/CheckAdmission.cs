using Belong.ConsentService.Access;
using Belong.ConsentService.Database;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Rules;
using Grpc.Core;
using Capacity = Belong.Consent.V1.Capacity;
using CheckDisclosureRequest = Belong.Consent.V1.CheckDisclosureRequest;

namespace Belong.ConsentService.Checks;

/// <summary>What comes before the facts of a member: whether this may be asked by this caller, in which capacity, and of which facts.</summary>
public sealed class CheckAdmission(FactsLookup lookup, FactsStateHolder holder, DatabaseReads database, LookupSettings settings, ConsentMetrics metrics, TimeProvider time)
{
    /// <summary>Rules 1 and 2, and the vendors of the grant; null for what may be asked.</summary>
    public RpcException? FindRefusal(CheckRequest request, Caller caller)
    {
        var admission = Evaluator.Admit(request, caller.Grant, Instant.From(time.GetUtcNow()));
        if (admission.Refusal is not { } refusal)
        {
            return FindVendorRefusal(request, caller);
        }

        metrics.Refused(request.Kind, refusal);
        return Refuse(admission, refusal, caller);
    }

    /// <summary>The capacity asked for; left open, the one that the vendor is registered in.</summary>
    public async ValueTask<Kind> FindKindAsync(CheckDisclosureRequest request, Caller caller, AnswerTime end, CancellationToken cancellation)
    {
        if (request.HasCapacity)
        {
            return request.Capacity == Capacity.Contractor ? Kind.Contractor : Kind.ThirdParty;
        }

        if (request.ExceptionClaim is not null)
        {
            return Kind.ThirdParty;
        }

        // What is registered is not told to whom it does not concern.
        if (request.RecipientId.Length > 0 && !caller.Vendors.Contains(request.RecipientId))
        {
            throw RefuseVendor(request.RecipientId, Kind.ThirdParty, caller);
        }

        var vendor = await FindVendorAsync(request.RecipientId, request.Options?.MinFactsVersion ?? "", end, cancellation);
        var relations = vendor?.Relations ?? VendorRelations.None;
        return (relations & (VendorRelations.Contractor | VendorRelations.ThirdParty)) switch
        {
            VendorRelations.Contractor => Kind.Contractor,
            VendorRelations.ThirdParty => Kind.ThirdParty,
            VendorRelations.None => request.RecipientPurpose.Length > 0 ? Kind.ThirdParty : Kind.Contractor,
            _ => throw Refusal.Field("capacity", "missing", $"1 (CONTRACTOR) or 2 (THIRD_PARTY) is required, as '{request.RecipientId}' is registered as both"),
        };
    }

    /// <exception cref="RpcException">It is not a token, or one of another database.</exception>
    public async ValueTask<FactsToken?> ReadTokenAsync(string text, AnswerTime end, CancellationToken cancellation)
    {
        if (text.Length == 0)
        {
            return null;
        }

        if (!FactsToken.TryParse(text, out var token))
        {
            throw Refusal.Field("options.min_facts_version", $"'{(text.Length > 80 ? text[..80] + "…" : text)}'", "a token that a write of ConsentRegistry returned is allowed");
        }

        string? generation = holder.Current.Generation;
        if (generation.Length == 0 || generation != token.Generation)
        {
            // The instance may not have heard yet of a new generation; the database knows.
            generation = await ReadGenerationAsync(end, cancellation);
        }

        // While nobody knows, the lookup finds nothing that covers the token.
        return generation is null || generation == token.Generation
            ? token
            : throw Refusal.Field("options.min_facts_version", $"a token of the database {token.Generation}", $"a token of this database ({generation}) is allowed");
    }

    /// <summary>A vendor as the register has it, with a demanded write included; null also when the register cannot be read.</summary>
    private async ValueTask<Vendor?> FindVendorAsync(string id, string minFactsVersion, AnswerTime end, CancellationToken cancellation)
    {
        var register = await lookup.ReadRegisterAsync(await ReadTokenAsync(minFactsVersion, end, cancellation), end, cancellation);
        return register?.FindVendor(id);
    }

    /// <summary>
    /// A vendor that the caller's grant does not name; null when it does. The recipient of a claim or of anonymised data is
    /// a text and no vendor.
    /// </summary>
    private RpcException? FindVendorRefusal(CheckRequest request, Caller caller) =>
        request is { RecipientId: { } vendor, ExceptionClaim: null, Kind: Kind.Contractor or Kind.ThirdParty } && !caller.Vendors.Contains(vendor)
            ? RefuseVendor(vendor, request.Kind, caller)
            : null;

    private RpcException RefuseVendor(string vendor, Kind kind, Caller caller)
    {
        metrics.Refused(kind, Reason.CallerNotPermitted);
        return Refusal.Of(StatusCode.PermissionDenied, ReasonCatalogue.Of(Reason.CallerNotPermitted).Code,
            $"recipient_id is {Registry.Require.Show(vendor)}: caller '{caller.Name}' has no grant for it");
    }

    private async ValueTask<string?> ReadGenerationAsync(AnswerTime end, CancellationToken cancellation)
    {
        try
        {
            return await database.ReadGenerationAsync(end.ForDatabase(settings.DatabaseTimeout), cancellation);
        }
        catch (FactsUnreadableException)
        {
            return null;
        }
    }

    private static RpcException Refuse(in Admission admission, Reason refusal, Caller caller) => admission.Fault is { } fault
        ? Refusal.Field(fault.Field is "at" or "mode" ? $"options.{fault.Field}" : fault.Field, fault.Value, fault.Allowed)
        : Refusal.Of(StatusCode.PermissionDenied, ReasonCatalogue.Of(refusal).Code, Describe(admission.Request, caller));

    private static string Describe(CheckRequest request, Caller caller)
    {
        if (caller.Grant is not { Kinds: not 0 } grant)
        {
            return $"caller is '{caller.Name}': it has no grant to ask checks";
        }

        if (!grant.Allows(request.Kind))
        {
            return $"kind is {request.Kind}: caller '{caller.Name}' has no grant for it";
        }

        return request.EffectivePurposes.IsSubsetOf(grant.Purposes)
            ? $"exception_claim is given: caller '{caller.Name}' has no grant to claim exceptions"
            : $"purposes are {Numbers(request.EffectivePurposes)}: caller '{caller.Name}' has a grant for {Numbers(grant.Purposes)}";
    }

    private static string Numbers(PurposeSet purposes)
    {
        var numbers = new List<int>();
        foreach (var purpose in purposes)
        {
            numbers.Add((int)purpose);
        }

        return numbers.Count == 0 ? "none" : string.Join(", ", numbers);
    }
}
