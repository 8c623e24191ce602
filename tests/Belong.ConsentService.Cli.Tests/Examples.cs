using Belong.Consent.V1;
using Google.Protobuf.WellKnownTypes;

namespace Belong.ConsentService.Cli.Tests;

internal static class Examples
{
    public static Decision Allow() => new() { Outcome = Outcome.Allow, Reasons = { ReasonCode.UsePermitted } };

    public static Decision Partial() => new()
    {
        Outcome = Outcome.AllowPartial,
        Reasons = { ReasonCode.ContractorPermittedPartial },
        PermittedItems = { DataItem.Name, DataItem.Address },
        WithheldItems = { new WithheldItem { Item = DataItem.BirthDate, Reason = ReasonCode.ItemNotNecessary } },
        Obligations = { Obligation.SendOnlyPermittedItems },
    };

    public static Decision Denial() => new()
    {
        Outcome = Outcome.Deny,
        Reasons = { ReasonCode.DmOptedOut, ReasonCode.AdMailNoOptIn },
        PerPurpose =
        {
            new PurposeDecision { Purpose = Purpose.ServiceDelivery, Reasons = { ReasonCode.UsePermitted } },
            new PurposeDecision { Purpose = Purpose.DirectMarketing, Reasons = { ReasonCode.DmOptedOut, ReasonCode.AdMailNoOptIn } },
        },
        EvaluatedAt = Timestamp.FromDateTime(new DateTime(2026, 4, 1, 0, 0, 0, DateTimeKind.Utc)),
        ValidUntil = Timestamp.FromDateTime(new DateTime(2026, 4, 1, 0, 1, 0, DateTimeKind.Utc)),
        Basis = new FactsBasis
        {
            MemberVersion = 4,
            RegisterVersion = 2,
            PolicyVersion = "v1",
            RulesVersion = "1.0",
            FactsAgeMs = 12,
            Source = FactsSource.Cache,
        },
        Explanations =
        {
            new ReasonExplanation
            {
                Code = ReasonCode.DmOptedOut, Clause = "§9 ※", LabelJa = "ダイレクトメール等", GlossEn = "DM opt-out covers purposes 3 and 4",
            },
            new ReasonExplanation { Code = ReasonCode.AdMailNoOptIn, Clause = "特電法3条", LabelJa = "同意", GlossEn = "no recorded opt-in" },
        },
    };
}
