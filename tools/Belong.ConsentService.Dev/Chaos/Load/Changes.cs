using Belong.Consent.V1;
using Belong.ConsentService.Dev.Chaos.Model;
using Belong.ConsentService.Testing.Mix;

namespace Belong.ConsentService.Dev.Chaos.Load;

/// <summary>What a member or the register may have recorded next, and the state it leads to.</summary>
internal static class Changes
{
    private const int ErasurePerMille = 25;

    public static (MemberChange Change, MemberState After) Next(MemberState state, Random dice)
    {
        if (!state.Exists)
        {
            return (new() { Registration = new() { AcquiredPolicyVersion = DemoRegister.PolicyVersionId } }, new MemberState { Exists = true });
        }

        if (dice.Next(1_000) < ErasurePerMille)
        {
            return (new() { Erasure = new() }, state with { IsErased = true });
        }

        return dice.Next(10) switch
        {
            < 5 => OptOut(state),
            < 6 => UseStop(state),
            < 8 => Consent(state),
            _ => ProvisionStop(state),
        };
    }

    /// <summary>One of the vendors falls out of good standing, or is back.</summary>
    public static (RegisterChange Change, RegisterState After) Next(RegisterState state, Random dice)
    {
        var after = dice.Next(2) == 0
            ? state with { IsCarrierActive = !state.IsCarrierActive }
            : state with { IsPartnerActive = !state.IsPartnerActive };
        return after.IsCarrierActive != state.IsCarrierActive
            ? (Put(Questions.Carrier, after.IsCarrierActive), after)
            : (Put(Questions.Partner, after.IsPartnerActive), after);
    }

    private static RegisterChange Put(string vendorId, bool isActive)
    {
        var vendor = DemoRegister.Changes.Select(change => change.Vendor).First(vendor => vendor?.Id == vendorId);
        vendor.Status = isActive ? VendorStatus.Active : VendorStatus.Suspended;
        return new RegisterChange { Vendor = vendor };
    }

    private static (MemberChange, MemberState) OptOut(MemberState state) => state.IsOptedOut
        ? (new() { DmOptOutLift = Lift() }, state with { IsOptedOut = false })
        : (new() { DmOptOut = new() { AllChannels = true } }, state with { IsOptedOut = true });

    private static (MemberChange, MemberState) UseStop(MemberState state) => state.IsUseStopped
        ? (new() { UseStopLift = Lift() }, state with { IsUseStopped = false })
        : (new() { UseStop = new() { Full = true, Verified = true } }, state with { IsUseStopped = true });

    private static (MemberChange, MemberState) ProvisionStop(MemberState state) => state.IsProvisionStopped
        ? (new() { ProvisionStopLift = Lift() }, state with { IsProvisionStopped = false })
        : (new() { ProvisionStop = new() { AllVendors = true } }, state with { IsProvisionStopped = true });

    private static (MemberChange, MemberState) Consent(MemberState state) => state.HasConsent
        ? (new() { ConsentWithdrawal = new() { RecipientId = Questions.Partner } }, state with { HasConsent = false })
        : (new() { Consent = GiveConsent() }, state with { HasConsent = true });

    private static Consent.V1.Consent GiveConsent() => new()
    {
        RecipientId = Questions.Partner,
        RecipientPurposes = { "SERVICE_LINK" },
        Items = { DataItem.Name },
        Method = ConsentMethod.Explicit,
    };

    private static Lift Lift() => new() { EvidenceRef = "E-1" };
}
