using Belong.Consent.V1;

namespace Belong.ConsentService.Testing.Mix;

/// <summary>
/// The first members of every mix, the same for every seed:
/// <list type="table">
/// <item><term>M0000001</term><description>active, nothing special</description></item>
/// <item><term>M0000002</term><description>opted out of all direct mail</description></item>
/// <item><term>M0000003</term><description>opted out of direct mail by EMAIL only</description></item>
/// <item><term>M0000004</term><description>verified stop of all use</description></item>
/// <item><term>M0000005</term><description>explicit consent to V-PARTNER: NAME and EMAIL for SERVICE_LINK</description></item>
/// <item><term>M0000006</term><description>withdrawn, with the open BILLING obligation INV-1</description></item>
/// </list>
/// </summary>
internal static class DemoMembers
{
    private static readonly DateTime Received = MixTime.Utc(2025, 11, 1);

    private static readonly MemberChange[][] Facts =
    [
        [],
        [new() { DmOptOut = new DmOptOut { AllChannels = true, ReceivedVia = "PHONE", IdentityVerified = true, Start = Received.Start() } }],
        [new() { DmOptOut = new DmOptOut { Channels = { Channel.Email }, ReceivedVia = "APP", IdentityVerified = true, Start = Received.Start() } }],
        [new() { UseStop = new UseStop { Full = true, Verified = true, Start = Received.Start() } }],
        [new()
        {
            Consent = new Consent.V1.Consent
            {
                RecipientId = "V-PARTNER",
                RecipientPurposes = { "SERVICE_LINK" },
                Items = { DataItem.Name, DataItem.Email },
                Method = ConsentMethod.Explicit,
                Granted = Received.Start(),
            },
        }],
        [
            new() { ObligationOpening = new ObligationOpening { Ref = "INV-1", Kind = ObligationKind.Billing, Start = Received.Start() } },
            new() { Status = new StatusChange { Status = MemberStatus.Withdrawn, Start = Received.AddDays(7).Start() } },
        ],
    ];

    public static int Count => Facts.Length;

    /// <param name="index">From 1.</param>
    public static MixMember Get(int index) => new(
        MemberMix.Id(index),
        [
            new MemberChange { Registration = new Registration { AcquiredPolicyVersion = DemoRegister.PolicyVersionId } },
            .. Facts[index - 1],
            new MemberChange { ServiceUse = new ServiceUse { Start = Received.AddDays(-1).Start() } },
        ],
        IsErasedLater: false);
}
