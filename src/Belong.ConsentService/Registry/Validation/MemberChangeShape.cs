using Belong.ConsentService.Hosting;
using Case = Belong.Consent.V1.MemberChange.ChangeOneofCase;
using V1 = Belong.Consent.V1;

namespace Belong.ConsentService.Registry;

/// <summary>What a change of a member must look like, whatever is known of the member.</summary>
internal static class MemberChangeShape
{
    private const int LastChannel = 5;
    private const int LastPurpose = 8;
    private const int LastItem = 14;

    public static void Check(V1.MemberChange change, string at)
    {
        switch (change.ChangeCase)
        {
            case Case.Registration:
                Require.OptionalId(at, "registration.acquired_policy_version", change.Registration.AcquiredPolicyVersion);
                break;
            case Case.Status:
                CheckStatus(change.Status, at);
                break;
            case Case.Erasure:
                Require.Start(at, "erasure.start", change.Erasure.Start);
                break;
            case Case.DmOptOut or Case.UseStop or Case.ProvisionStop or Case.ItemStop or Case.UseStopVerification:
                CheckRestriction(change, at);
                break;
            case Case.DmOptOutLift:
                CheckLift(change.DmOptOutLift, at, "dm_opt_out_lift");
                break;
            case Case.UseStopLift:
                CheckLift(change.UseStopLift, at, "use_stop_lift");
                break;
            case Case.ProvisionStopLift:
                CheckLift(change.ProvisionStopLift, at, "provision_stop_lift");
                break;
            case Case.ItemStopLift:
                CheckItemStopLift(change.ItemStopLift, at);
                break;
            case Case.None:
                throw Refusal.Field(at, "empty", "one change of the kinds of MemberChange is required");
            default:
                CheckPermission(change, at);
                break;
        }
    }

    private static void CheckStatus(V1.StatusChange status, string at)
    {
        Require.Known(at, "status.status", status.Status, 5, "a status");
        if (status.Status == V1.MemberStatus.Erased)
        {
            throw Require.Refuse(at, "status.status", "5", "ERASED is recorded by an erasure only");
        }

        Require.Start(at, "status.start", status.Start);
    }

    private static void CheckRestriction(V1.MemberChange change, string at)
    {
        switch (change.ChangeCase)
        {
            case Case.DmOptOut:
                var optOut = change.DmOptOut;
                Require.OptionalId(at, "dm_opt_out.record_id", optOut.RecordId);
                CheckExtent(at, "dm_opt_out.all_channels", optOut.AllChannels, "dm_opt_out.channels", optOut.Channels.Count);
                Require.Known(at, "dm_opt_out.channels", optOut.Channels, 0, LastChannel, "a channel");
                Require.Start(at, "dm_opt_out.start", optOut.Start);
                Require.Text(at, "dm_opt_out.received_via", optOut.ReceivedVia, 0, 64);
                break;
            case Case.UseStop:
                var stop = change.UseStop;
                Require.OptionalId(at, "use_stop.record_id", stop.RecordId);
                CheckExtent(at, "use_stop.full", stop.Full, "use_stop.purposes", stop.Purposes.Count);
                Require.Known(at, "use_stop.purposes", stop.Purposes, 0, LastPurpose, "a purpose");
                Require.Start(at, "use_stop.start", stop.Start);
                break;
            case Case.UseStopVerification:
                Require.OptionalId(at, "use_stop_verification.record_id", change.UseStopVerification.RecordId);
                Require.KnownStart(at, "use_stop_verification.start", change.UseStopVerification.Start, "a verification");
                break;
            case Case.ProvisionStop:
                var provision = change.ProvisionStop;
                Require.OptionalId(at, "provision_stop.record_id", provision.RecordId);
                CheckExtent(at, "provision_stop.all_vendors", provision.AllVendors, "provision_stop.vendor_ids", provision.VendorIds.Count);
                Require.Ids(at, "provision_stop.vendor_ids", provision.VendorIds, 0);
                Require.Start(at, "provision_stop.start", provision.Start);
                break;
            default:
                Require.Known(at, "item_stop.items", change.ItemStop.Items, 1, LastItem, "an item");
                Require.Start(at, "item_stop.start", change.ItemStop.Start);
                break;
        }
    }

    /// <summary>Either all, or some that are named.</summary>
    private static void CheckExtent(string at, string allName, bool isAll, string listName, int count)
    {
        if (isAll && count > 0)
        {
            throw Require.Refuse(at, allName, "true", $"{listName} must then be empty");
        }

        if (!isAll && count == 0)
        {
            throw Require.Refuse(at, listName, "empty", $"name at least one, or set {allName}");
        }
    }

    private static void CheckLift(V1.Lift lift, string at, string name)
    {
        Require.OptionalId(at, name + ".record_id", lift.RecordId);
        Require.KnownStart(at, name + ".start", lift.Start, "a lift");
        Require.Evidence(at, name + ".evidence_ref", lift.EvidenceRef);
    }

    private static void CheckItemStopLift(V1.ItemStopLift lift, string at)
    {
        Require.Known(at, "item_stop_lift.items", lift.Items, 1, LastItem, "an item");
        Require.KnownStart(at, "item_stop_lift.start", lift.Start, "a lift");
        Require.Evidence(at, "item_stop_lift.evidence_ref", lift.EvidenceRef);
    }

    private static void CheckPermission(V1.MemberChange change, string at)
    {
        switch (change.ChangeCase)
        {
            case Case.SurveyOptIn:
                Require.KnownStart(at, "survey_opt_in.start", change.SurveyOptIn.Start, "an opt-in to surveys");
                break;
            case Case.AdMailOptIn:
                CheckAdMailOptIn(change.AdMailOptIn, at);
                break;
            case Case.AdMailOptInRevocation:
                Require.OptionalId(at, "ad_mail_opt_in_revocation.record_id", change.AdMailOptInRevocation.RecordId);
                Require.Start(at, "ad_mail_opt_in_revocation.start", change.AdMailOptInRevocation.Start);
                break;
            case Case.Consent:
                CheckConsent(change.Consent, at);
                break;
            case Case.ConsentWithdrawal:
                Require.Id(at, "consent_withdrawal.recipient_id", change.ConsentWithdrawal.RecipientId);
                Require.Instant(at, "consent_withdrawal.granted_at", change.ConsentWithdrawal.GrantedAt);
                Require.Start(at, "consent_withdrawal.start", change.ConsentWithdrawal.Start);
                break;
            case Case.ObligationOpening:
                Require.Id(at, "obligation_opening.ref", change.ObligationOpening.Ref);
                Require.Known(at, "obligation_opening.kind", change.ObligationOpening.Kind, 8, "a kind of obligation");
                Require.Start(at, "obligation_opening.start", change.ObligationOpening.Start);
                break;
            case Case.ObligationClosing:
                Require.Id(at, "obligation_closing.ref", change.ObligationClosing.Ref);
                Require.Start(at, "obligation_closing.start", change.ObligationClosing.Start);
                break;
            case Case.PolicyAcceptance:
                Require.Id(at, "policy_acceptance.policy_version", change.PolicyAcceptance.PolicyVersion);
                Require.Start(at, "policy_acceptance.start", change.PolicyAcceptance.Start);
                break;
            case Case.ServiceUse:
                Require.KnownStart(at, "service_use.start", change.ServiceUse.Start, "a use of the service");
                break;
            default:
                throw Refusal.Field(at, change.ChangeCase.ToString(), "this kind of change is not known");
        }
    }

    private static void CheckAdMailOptIn(V1.AdMailOptIn optIn, string at)
    {
        Require.OptionalId(at, "ad_mail_opt_in.record_id", optIn.RecordId);
        Require.Known(at, "ad_mail_opt_in.channels", optIn.Channels, 1, LastChannel, "a channel");
        for (var i = 0; i < optIn.Channels.Count; i++)
        {
            if (optIn.Channels[i] is not (V1.Channel.Email or V1.Channel.Sms))
            {
                throw Require.Refuse(at, $"ad_mail_opt_in.channels[{i}]", optIn.Channels[i].ToString(), "advertising mail goes by Email (2) or Sms (3)");
            }
        }

        Require.Start(at, "ad_mail_opt_in.start", optIn.Start);
        Require.OptionalId(at, "ad_mail_opt_in.evidence_ref", optIn.EvidenceRef);
    }

    private static void CheckConsent(V1.Consent consent, string at)
    {
        Require.Id(at, "consent.recipient_id", consent.RecipientId);
        Require.Ids(at, "consent.recipient_purposes", consent.RecipientPurposes, 0);
        Require.Known(at, "consent.items", consent.Items, 0, LastItem, "an item");
        Require.Known(at, "consent.method", consent.Method, 2, "a method of consent");
        Require.Start(at, "consent.granted", consent.Granted);
        Require.Instant(at, "consent.expires_at", consent.ExpiresAt);
    }
}
