namespace Belong.ConsentService.Rules;

/// <summary>Rules 1 and 2: is the request complete, and may the caller ask it?</summary>
internal static class RequestRules
{
    public static RequestFault? FindFault(CheckRequest request, Instant clock) =>
        FindFaultInSubject(request) ?? FindFaultInPurposes(request) ?? FindFaultInRecipient(request) ?? FindFaultInTime(request, clock);

    public static bool IsPermitted(CheckRequest request, Grant? grant) =>
        grant is not null
        && grant.Allows(request.Kind)
        && request.EffectivePurposes.IsSubsetOf(grant.Purposes)
        && (request.ExceptionClaim is null || grant.MayClaimExceptions);

    private static RequestFault? FindFaultInSubject(CheckRequest request)
    {
        if (request.Kind is < Kind.Use or > Kind.Anonymized)
        {
            return Missing("kind", "one of USE, CONTRACTOR, THIRD_PARTY, ANONYMIZED is required");
        }

        return request.Kind != Kind.Anonymized && string.IsNullOrEmpty(request.MemberId)
            ? Missing("member_id", "an id is required")
            : null;
    }

    private static RequestFault? FindFaultInPurposes(CheckRequest request)
    {
        if (request.Kind is not (Kind.Use or Kind.Contractor))
        {
            return null;
        }

        if (request.Purposes.IsEmpty)
        {
            return Missing("purposes", "one or more of 1 to 8 are required");
        }

        return request.Channel == Channel.None && request.EffectivePurposes.Intersects(PurposeSet.Outreach)
            ? Missing("channel", "POSTAL, EMAIL, SMS, PHONE or APP_MESSAGE is required with purposes 3 to 5 and with promotional content")
            : null;
    }

    private static RequestFault? FindFaultInRecipient(CheckRequest request)
    {
        if (request.ExceptionClaim is { } claim && request.Kind != Kind.ThirdParty)
        {
            return new RequestFault("exception_claim", $"given (item {claim.Item})", "an exception of §4 is claimed for a third party only");
        }

        if (request.Kind is Kind.Contractor or Kind.ThirdParty && string.IsNullOrEmpty(request.RecipientId))
        {
            return Missing("recipient_id", "a recipient is required");
        }

        if (request.Kind != Kind.ThirdParty)
        {
            return null;
        }

        if (request.Items.IsEmpty)
        {
            return Missing("items", "one or more data items are required for a third party");
        }

        return request.ExceptionClaim is null && string.IsNullOrEmpty(request.RecipientPurpose)
            ? Missing("recipient_purpose", "the third party's own purpose is required")
            : null;
    }

    private static RequestFault? FindFaultInTime(CheckRequest request, Instant clock) => (request.Mode, request.At) switch
    {
        (Mode.Live, null) => null,
        (Mode.Live, { } at) when at == clock => null,
        (Mode.Live, { } at) => new RequestFault("at", at.ToString(), "a LIVE check is judged now; leave it out or ask in AUDIT mode"),
        (Mode.Audit, null) => Missing("at", "AUDIT requires an instant that is not in the future"),
        (Mode.Audit, { } at) when at > clock => new RequestFault("at", at.ToString(), $"AUDIT requires an instant that is not in the future; now is {clock}"),
        (Mode.Audit, _) => null,
        _ => Missing("mode", "LIVE or AUDIT is allowed"),
    };

    private static RequestFault Missing(string field, string allowed) => new(field, "missing", allowed);
}
