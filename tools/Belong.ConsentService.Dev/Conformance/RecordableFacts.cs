using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Dev.Conformance;

/// <summary>
/// A case may state a restriction or an opt-in that names nothing. Nobody can record one; here it names
/// something that the case does not ask for, which the rules answer alike.
/// </summary>
internal static class RecordableFacts
{
    private const string NobodyAsked = "nobody";
    private static readonly ChannelSet AdvertisingMail = ChannelSet.Of(Channel.Email, Channel.Sms);

    public static MemberFacts For(MemberFacts facts, CheckRequest request) => facts with
    {
        DmOptOuts = [.. facts.DmOptOuts.Select(optOut => optOut.Channels.IsEmpty
            ? optOut with { Channels = ChannelSet.Of(request.Channel == Channel.Postal ? Channel.Phone : Channel.Postal) }
            : optOut)],
        UseStops = [.. facts.UseStops.Select(stop => !stop.IsFull && stop.Purposes.IsEmpty
            ? stop with { Purposes = NotAsked(request.EffectivePurposes) }
            : stop)],
        ProvisionStops = [.. facts.ProvisionStops.Select(stop => !stop.IsAll && stop.VendorIds.Length == 0
            ? stop with { VendorIds = [NobodyAsked] }
            : stop)],
        AdMailOptIns = [.. facts.AdMailOptIns
            .Select(optIn => optIn with { Channels = new ChannelSet((byte)(optIn.Channels.Bits & AdvertisingMail.Bits)) })
            .Where(optIn => !optIn.Channels.IsEmpty)],
    };

    private static PurposeSet NotAsked(PurposeSet asked)
    {
        foreach (var purpose in new PurposeSet((byte)~asked.Bits))
        {
            return PurposeSet.Of(purpose);
        }

        return default;
    }
}
