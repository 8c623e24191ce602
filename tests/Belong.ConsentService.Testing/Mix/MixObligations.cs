using Belong.Consent.V1;

namespace Belong.ConsentService.Testing.Mix;

/// <summary>What is owed to 5 % of the members; one in five is met.</summary>
internal static class MixObligations
{
    private static readonly (ObligationKind Kind, string Prefix)[] Kinds =
    [
        (ObligationKind.Delivery, "ORD"), (ObligationKind.Warranty, "WTY"), (ObligationKind.Support, "SUP"),
        (ObligationKind.Billing, "INV"), (ObligationKind.IdentityCheck, "IDC"), (ObligationKind.ContractNotice, "CON"),
        (ObligationKind.Inquiry, "INQ"), (ObligationKind.RightsRequest, "RR"),
    ];

    public static void Add(List<MemberChange> changes, Dice dice)
    {
        if (!dice.Happens(50))
        {
            return;
        }

        var at = dice.Sometime();
        var (kind, prefix) = dice.Pick(Kinds);
        var reference = $"{prefix}-{dice.Below(1_000_000)}";
        changes.Add(new() { ObligationOpening = new ObligationOpening { Ref = reference, Kind = kind, Start = at.Start() } });
        if (dice.Happens(200))
        {
            changes.Add(new() { ObligationClosing = new ObligationClosing { Ref = reference, Start = dice.After(at).Start() } });
        }
    }
}
