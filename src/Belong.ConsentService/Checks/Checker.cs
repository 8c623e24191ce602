using Belong.ConsentService.Access;
using Belong.ConsentService.Cache;
using Belong.ConsentService.Database;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Rules;
using Belong.ConsentService.Tracing;
using Grpc.Core;
using Capacity = Belong.Consent.V1.Capacity;
using CheckDisclosureRequest = Belong.Consent.V1.CheckDisclosureRequest;
using CheckOptions = Belong.Consent.V1.CheckOptions;

namespace Belong.ConsentService.Checks;

/// <summary>One check from request to answer: rules 1 and 2, the facts, all other rules. Every endpoint goes through it.</summary>
public sealed class Checker(FactsLookup lookup, FactsStateHolder holder, DatabaseReads database, LookupSettings settings, FreshnessBounds bounds, BulkLane bulk, ExceptionClaims claims, ConsentMetrics metrics, TimeProvider time)
{
    /// <summary>A token that says more is not followed further: nobody is to choose the time of a live check.</summary>
    private static readonly TimeSpan MaxClockSkew = TimeSpan.FromMinutes(1);

    /// <exception cref="RpcException">The request is malformed or the caller may not ask it.</exception>
    public async ValueTask<Consent.V1.Decision> CheckAsync(CheckRequest request, Caller caller, CheckOptions? options, AnswerTime end, CancellationToken cancellation)
    {
        var check = Begin(request, caller, options, end);
        await check.Ended;
        return TryEnd(check, out var cached) ?? await EndAsync(check, cached, cancellation);
    }

    /// <summary>Rules 1 and 2, and the facts asked for. <see cref="CheckAsync"/> in parts, for who would rather not await it.</summary>
    /// <exception cref="RpcException">The request is malformed or the caller may not ask it.</exception>
    public CheckUnderWay Begin(CheckRequest request, Caller caller, CheckOptions? options, AnswerTime end)
    {
        var start = time.GetTimestamp();
        bulk.NoteCheck(start);
        var admission = Evaluator.Admit(request, caller.Grant, Instant.From(time.GetUtcNow()));
        if (admission.Refusal is { } refusal)
        {
            metrics.Refused(request.Kind, refusal);
            throw Refuse(admission, refusal, caller);
        }

        if (FindVendorRefusal(request, caller) is { } ungranted)
        {
            throw ungranted;
        }

        var isPlain = request.Mode == Mode.Live && request.ExceptionClaim is null && options is not { MinFactsVersion.Length: > 0 };
        return new CheckUnderWay(request, caller, options, start, end, isPlain, isPlain ? lookup.Begin(MemberOf(request), bounds.For(request), end) : default);
    }

    /// <summary>The answer, from the cache; null when there is more to read.</summary>
    /// <param name="cached">What the cache did answer, for <see cref="EndAsync"/>.</param>
    public Consent.V1.Decision? TryEnd(in CheckUnderWay check, out MemberRead cached)
    {
        cached = default;
        if (!check.IsPlain)
        {
            return null;
        }

        var isFound = lookup.TryEnd(check.Reading, null, out var facts, out cached);
        if (ConsentTraces.IsTraced && check.Reading.IsAsked)
        {
            ConsentTraces.NoteCacheRead("GET", time.GetElapsedTime(check.Start), ConsentTraces.OutcomeOf(cached.Outcome), 1);
        }

        return isFound ? Answer(check, Decide(check, null, facts), facts) : null;
    }

    public async ValueTask<Consent.V1.Decision> EndAsync(CheckUnderWay check, MemberRead cached, CancellationToken cancellation)
    {
        if (check.IsPlain)
        {
            var read = await lookup.ReadDatabaseAsync(check.Reading, null, cached, check.End, cancellation);
            return Answer(check, Decide(check, null, read), read);
        }

        var request = check.Request;
        var demanded = await ReadTokenAsync(check.Options?.MinFactsVersion ?? "", check.End, cancellation);
        var facts = await lookup.ReadAsync(MemberOf(request), bounds.For(request), demanded, check.End, cancellation);
        if (facts.View.Member is { IsTombstone: true } && request is { Mode: Mode.Audit, At: { } then } && !IsErasedAt(facts.View.Member, then))
        {
            facts = await lookup.ReadErasedAsync(request.MemberId!, facts, check.End, cancellation);
        }

        // What is recorded of a claim is what is answered.
        var decision = Decide(check, demanded, facts);
        if (request.ExceptionClaim is not null && !decision.IsRetryable)
        {
            await claims.RecordAsync(check.Caller, request, decision, check.End, cancellation);
        }

        return Answer(check, decision, facts);
    }

    /// <summary>Rules 1 and 2 for a request that is judged apart; null when it may be.</summary>
    internal RpcException? FindRefusal(CheckRequest request, Caller caller)
    {
        var admission = Evaluator.Admit(request, caller.Grant, Instant.From(time.GetUtcNow()));
        if (admission.Refusal is not { } refusal)
        {
            return FindVendorRefusal(request, caller);
        }

        metrics.Refused(request.Kind, refusal);
        return Refuse(admission, refusal, caller);
    }

    /// <summary>A vendor as the register has it, with a demanded write included; null also when the register cannot be read.</summary>
    public async ValueTask<Vendor?> FindVendorAsync(string id, string minFactsVersion, AnswerTime end, CancellationToken cancellation)
    {
        var register = await lookup.ReadRegisterAsync(await ReadTokenAsync(minFactsVersion, end, cancellation), end, cancellation);
        return register?.FindVendor(id);
    }

    /// <summary>The capacity asked for; left open, the one that the vendor is registered in.</summary>
    internal async ValueTask<Kind> FindKindAsync(CheckDisclosureRequest request, Caller caller, AnswerTime end, CancellationToken cancellation)
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

    /// <summary>Null for anonymised data.</summary>
    private static string? MemberOf(CheckRequest request) => request.Kind == Kind.Anonymized ? null : request.MemberId;

    private Consent.V1.Decision Answer(in CheckUnderWay check, in Decision decision, in LookupResult facts)
    {
        metrics.Decided(check.Request.Kind, decision, time.GetElapsedTime(check.Start));
        return DecisionWriter.Write(decision, facts, check.Options?.Explain ?? false);
    }

    private Decision Decide(in CheckUnderWay check, FactsToken? demanded, in LookupResult facts)
    {
        // The clock of now and not of the beginning: what was recorded while the facts were read has begun.
        var admission = new Admission(check.Request, check.Request.At ?? ReadClock(demanded), null, null);
        return Evaluator.Decide(admission, facts.View, bounds);
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

    /// <summary>A demanded write has been recorded: a clock that is behind the writer's must not put it into the future.</summary>
    private Instant ReadClock(FactsToken? demanded)
    {
        var now = Instant.From(time.GetUtcNow());
        if (demanded is null || demanded.RecordedAt <= now)
        {
            return now;
        }

        var latest = now.Plus(MaxClockSkew);
        return demanded.RecordedAt < latest ? demanded.RecordedAt : latest;
    }

    private static bool IsErasedAt(MemberFacts tombstone, Instant now)
    {
        foreach (var status in tombstone.Statuses)
        {
            if (status.Status == MemberStatus.Erased && (status.At is null || status.At <= now))
            {
                return true;
            }
        }

        return false;
    }

    /// <exception cref="RpcException">It is not a token, or one of another database.</exception>
    internal async ValueTask<FactsToken?> ReadTokenAsync(string text, AnswerTime end, CancellationToken cancellation)
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
