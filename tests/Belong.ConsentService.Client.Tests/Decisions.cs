using Belong.Consent.V1;
using Google.Protobuf.WellKnownTypes;

namespace Belong.ConsentService.Client.Tests;

/// <summary>Decisions as the service gives them, to be bent by a test.</summary>
internal static class Decisions
{
    public static readonly DateTime Now = new(2026, 4, 1, 0, 0, 0, DateTimeKind.Utc);

    public static CheckUseRequest Use(string member = "M1") => new() { MemberId = member, Purposes = { Purpose.DirectMarketing }, Channel = Channel.Postal };

    public static CheckDisclosureRequest Disclosure(params DataItem[] items) => new() { MemberId = "M1", RecipientId = "V1", Items = { items } };

    public static Decision Allow(params DataItem[] items) => Judged(Outcome.Allow, ReasonCode.UsePermitted, items);

    public static Decision Partial()
    {
        var decision = Judged(Outcome.AllowPartial, ReasonCode.ContractorPermittedPartial, [DataItem.Name]);
        decision.WithheldItems.Add(new WithheldItem { Item = DataItem.BirthDate, Reason = ReasonCode.ItemNotNecessary });
        decision.Obligations.Add(Obligation.SendOnlyPermittedItems);
        return decision;
    }

    public static Decision Deny(ReasonCode reason = ReasonCode.DmOptedOut, bool isRetryable = false)
    {
        var decision = Judged(Outcome.Deny, reason, []);
        decision.Retryable = isRetryable;
        return decision;
    }

    private static Decision Judged(Outcome outcome, ReasonCode reason, DataItem[] items) => new()
    {
        Outcome = outcome,
        Reasons = { reason },
        PermittedItems = { items },
        EvaluatedAt = Timestamp.FromDateTime(Now),
        ValidUntil = Timestamp.FromDateTime(Now.AddMinutes(1)),
        Basis = new FactsBasis { RulesVersion = "2026-04" },
    };
}
