using Belong.Consent.V1;

namespace Belong.ConsentService.Testing.Mix;

/// <summary>
/// Permissions: 5 % ad-mail opt-ins, 2 % survey opt-ins, 8 % consents to third parties, of which a quarter goes abroad and
/// one in ten each is withdrawn, expired or only deemed.
/// </summary>
internal static class MixPermissions
{
    private static readonly Channel[] MailChannels = [Channel.Email, Channel.Sms];

    private static readonly string[] RecipientPurposes = ["SERVICE_LINK", "MARKETING"];

    private static readonly DataItem[] Items =
        [DataItem.Name, DataItem.Email, DataItem.Address, DataItem.Phone, DataItem.AppUserId, DataItem.UsageHistory];

    public static void Add(List<MemberChange> changes, Dice dice)
    {
        if (dice.Happens(50))
        {
            AddAdMailOptIn(changes, dice);
        }

        if (dice.Happens(20))
        {
            changes.Add(new() { SurveyOptIn = new SurveyOptIn { Start = dice.Sometime().Start() } });
        }

        if (dice.Happens(80))
        {
            AddConsent(changes, dice);
        }
    }

    private static void AddAdMailOptIn(List<MemberChange> changes, Dice dice)
    {
        var at = dice.Sometime();
        changes.Add(new()
        {
            AdMailOptIn = new AdMailOptIn
            {
                Channels = { dice.PickSome(MailChannels, 2) },
                EvidenceRef = dice.Happens(950) ? $"EV-{dice.Below(1_000_000)}" : "",
                Start = at.Start(),
            },
        });
        if (dice.Happens(150))
        {
            changes.Add(new() { AdMailOptInRevocation = new AdMailOptInRevocation { Start = dice.After(at).Start() } });
        }
    }

    private static void AddConsent(List<MemberChange> changes, Dice dice)
    {
        var at = dice.Sometime();
        var abroad = dice.Happens(250);
        var consent = new Consent.V1.Consent
        {
            RecipientId = abroad ? "V-US-PARTNER" : "V-PARTNER",
            RecipientPurposes = { dice.PickSome(RecipientPurposes, 2) },
            Items = { dice.PickSome(Items, 4) },
            Method = dice.Happens(100) ? ConsentMethod.Deemed : ConsentMethod.Explicit,
            Granted = at.Start(),
            ForeignInfoGiven = abroad && dice.Happens(800),
        };
        var fate = dice.Below(10);
        if (fate is 1 or 2)
        {
            // Never at the start itself: a consent that ends when it begins is none.
            consent.ExpiresAt = (fate == 1 ? dice.After(at).AddSeconds(1) : MixTime.Far).Stamp();
        }

        changes.Add(new() { Consent = consent });
        if (fate == 0)
        {
            changes.Add(new() { ConsentWithdrawal = new ConsentWithdrawal { RecipientId = consent.RecipientId, Start = dice.After(at).Start() } });
        }
    }
}
