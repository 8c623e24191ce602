using Belong.ConsentService.Rules;
using V1 = Belong.Consent.V1;

namespace Belong.ConsentService.Registry;

/// <summary>§4: consents to provision and their withdrawal.</summary>
internal static class ConsentChanges
{
    public static MemberFacts Consent(MemberFacts facts, V1.Consent change, in ChangeContext context)
    {
        var granted = context.StartOf(change.Granted);
        if (Array.Exists(facts.Consents, consent => consent.RecipientId == change.RecipientId && consent.GrantedAt == granted))
        {
            throw context.Taken("consent.granted", granted?.ToString() ?? "unknown",
                $"the member has a consent to {Require.Show(change.RecipientId)} of this start");
        }

        var expires = Times.ToInstantOrNull(change.ExpiresAt);
        if (expires < granted)
        {
            throw context.Malformed("consent.expires_at", expires.ToString()!, $"a consent must not expire before it is granted at {granted}");
        }

        var consent = new ConsentFact(change.RecipientId, Sets.ToIds(change.RecipientPurposes), Sets.ToSet(change.Items),
            (ConsentMethod)change.Method, granted, expires, null, change.ForeignInfoGiven);
        return facts with { Consents = Add(facts.Consents, consent, context) };
    }

    /// <summary>An earlier withdrawal wins over one dated later.</summary>
    public static MemberFacts Withdraw(MemberFacts facts, V1.ConsentWithdrawal change, in ChangeContext context)
    {
        var at = context.EndOf(change.Start);
        var granted = Times.ToInstantOrNull(change.GrantedAt);
        if (granted is not null)
        {
            RequireWithdrawable(facts, change.RecipientId, granted.Value, at, context);
        }

        var consents = Records.Replace(facts.Consents, consent =>
            consent.RecipientId == change.RecipientId && (granted is null || consent.GrantedAt == granted) && !(consent.WithdrawnAt <= at)
                ? consent with { WithdrawnAt = at }
                : null);
        return facts with
        {
            Consents = consents ?? throw context.NotFound("consent_withdrawal.recipient_id", Require.Show(change.RecipientId),
                "the member has no consent to this recipient that is not withdrawn"),
        };
    }

    private static void RequireWithdrawable(MemberFacts facts, string recipientId, Instant granted, Instant at, in ChangeContext context)
    {
        var consent = Array.Find(facts.Consents, consent => consent.RecipientId == recipientId && consent.GrantedAt == granted)
            ?? throw context.NotFound("consent_withdrawal.granted_at", granted.ToString(),
                $"the member has no consent to {Require.Show(recipientId)} of this start");
        if (consent.WithdrawnAt <= at)
        {
            throw context.NotNow("consent_withdrawal.granted_at", granted.ToString(), $"the consent was withdrawn at {consent.WithdrawnAt} already");
        }
    }

    /// <summary>
    /// Drops only what ended and was superseded: the latest consent to a recipient decides, so that
    /// dropping a withdrawn one would bring back the one before it.
    /// </summary>
    private static ConsentFact[] Add(ConsentFact[] consents, ConsentFact consent, in ChangeContext context)
    {
        var now = context.RecordedAt;
        var latest = new Dictionary<string, Instant>(StringComparer.Ordinal);
        foreach (var known in consents)
        {
            if (known.GrantedAt is { } granted && granted <= now && (!latest.TryGetValue(known.RecipientId, out var before) || granted > before))
            {
                latest[known.RecipientId] = granted;
            }
        }

        return Records.Add(consents, consent, known =>
            latest.TryGetValue(known.RecipientId, out var last) && known.GrantedAt < last ? EndOf(known) : null, "consents", context);
    }

    private static Instant? EndOf(ConsentFact consent) =>
        consent.WithdrawnAt is { } withdrawn && !(consent.ExpiresAt < withdrawn) ? withdrawn : consent.ExpiresAt;
}
