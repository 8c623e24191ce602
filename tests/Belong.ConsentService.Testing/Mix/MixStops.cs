using Belong.Consent.V1;

namespace Belong.ConsentService.Testing.Mix;

/// <summary>Restrictions: 18 % DM opt-outs, 4 % use stops, 1 % provision stops, 6 % item stops.</summary>
internal static class MixStops
{
    private static readonly Channel[] Channels = [Channel.Postal, Channel.Email, Channel.Sms, Channel.Phone, Channel.AppMessage];

    private static readonly Purpose[] Purposes =
        [Purpose.DirectMarketing, Purpose.PartnerInformation, Purpose.Survey, Purpose.Analysis, Purpose.ServiceImprovement];

    private static readonly DataItem[] Items =
        [DataItem.Address, DataItem.Phone, DataItem.Email, DataItem.BirthDate, DataItem.Occupation, DataItem.UsageHistory, DataItem.BehaviorHistory];

    private static readonly string[] Ways = ["PHONE", "APP", "WEB", "POSTAL"];

    public static void Add(List<MemberChange> changes, Dice dice)
    {
        if (dice.Happens(180))
        {
            changes.Add(new() { DmOptOut = DmOptOut(dice) });
        }

        if (dice.Happens(40))
        {
            changes.Add(new() { UseStop = UseStop(dice) });
        }

        if (dice.Happens(10))
        {
            changes.Add(new() { ProvisionStop = ProvisionStop(dice) });
        }

        if (dice.Happens(60))
        {
            changes.Add(new() { ItemStop = new ItemStop { Items = { dice.PickSome(Items, 3) }, Start = dice.Sometime().Start() } });
        }
    }

    private static DmOptOut DmOptOut(Dice dice)
    {
        var optOut = new DmOptOut
        {
            AllChannels = dice.Happens(800),
            ReceivedVia = dice.Pick(Ways),
            IdentityVerified = dice.Happens(900),
            Start = dice.Sometime().Start(),
        };
        if (!optOut.AllChannels)
        {
            optOut.Channels.AddRange(dice.PickSome(Channels, 2));
        }

        return optOut;
    }

    private static UseStop UseStop(Dice dice)
    {
        var stop = new UseStop { Full = dice.Happens(500), Verified = dice.Happens(900), Start = dice.Sometime().Start() };
        if (!stop.Full)
        {
            stop.Purposes.AddRange(dice.PickSome(Purposes, 3));
        }

        return stop;
    }

    private static ProvisionStop ProvisionStop(Dice dice)
    {
        var stop = new ProvisionStop { AllVendors = dice.Happens(700), Start = dice.Sometime().Start() };
        if (!stop.AllVendors)
        {
            stop.VendorIds.Add("V-PARTNER");
        }

        return stop;
    }
}
