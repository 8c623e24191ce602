using Belong.ConsentService.Hosting;
using Belong.ConsentService.Rules;
using Grpc.Core;
using Case = Belong.Consent.V1.MemberChange.ChangeOneofCase;
using V1 = Belong.Consent.V1;

namespace Belong.ConsentService.Registry;

/// <summary>
/// What the facts of a member are after a change. Pure: throws a refusal when the facts do not admit the
/// change, and leaves the facts given as they are.
/// </summary>
internal static class MemberChanges
{
    /// <param name="facts">Null when there is no such member.</param>
    /// <param name="change">Of a form that <see cref="MemberChangeShape"/> passed.</param>
    public static MemberFacts Apply(MemberFacts? facts, V1.MemberChange change, in ChangeContext context)
    {
        if (facts is not null && StatusChanges.IsErased(facts, context.RecordedAt))
        {
            throw Refusal.Of(StatusCode.FailedPrecondition, "MEMBER_ERASED",
                $"member_id is {Require.Show(context.MemberId)}: the member was erased, and nothing more can be recorded");
        }

        if (change.ChangeCase == Case.Registration)
        {
            return Register(facts, change.Registration, context);
        }

        if (facts is null)
        {
            throw Refusal.Of(StatusCode.NotFound, "MEMBER_UNKNOWN",
                $"member_id is {Require.Show(context.MemberId)}: there is no such member; the first change of a member is its registration");
        }

        return change.ChangeCase switch
        {
            Case.Status => StatusChanges.Change(facts, change.Status, context),
            Case.Erasure => StatusChanges.Erase(facts, change.Erasure, context),
            Case.DmOptOut => DmOptOutChanges.OptOut(facts, change.DmOptOut, context),
            Case.DmOptOutLift => DmOptOutChanges.Lift(facts, change.DmOptOutLift, context),
            Case.UseStop => UseStopChanges.Stop(facts, change.UseStop, context),
            Case.UseStopVerification => UseStopChanges.Verify(facts, change.UseStopVerification, context),
            Case.UseStopLift => UseStopChanges.Lift(facts, change.UseStopLift, context),
            Case.ProvisionStop => ProvisionStopChanges.Stop(facts, change.ProvisionStop, context),
            Case.ProvisionStopLift => ProvisionStopChanges.Lift(facts, change.ProvisionStopLift, context),
            Case.ItemStop => ItemStopChanges.Stop(facts, change.ItemStop, context),
            Case.ItemStopLift => ItemStopChanges.Lift(facts, change.ItemStopLift, context),
            Case.SurveyOptIn => OptInChanges.OptInToSurveys(facts, change.SurveyOptIn, context),
            Case.AdMailOptIn => OptInChanges.OptInToAdMail(facts, change.AdMailOptIn, context),
            Case.AdMailOptInRevocation => OptInChanges.RevokeAdMail(facts, change.AdMailOptInRevocation, context),
            Case.Consent => ConsentChanges.Consent(facts, change.Consent, context),
            Case.ConsentWithdrawal => ConsentChanges.Withdraw(facts, change.ConsentWithdrawal, context),
            Case.ObligationOpening => ObligationChanges.Open(facts, change.ObligationOpening, context),
            Case.ObligationClosing => ObligationChanges.Close(facts, change.ObligationClosing, context),
            Case.PolicyAcceptance => UsageChanges.Accept(facts, change.PolicyAcceptance, context),
            Case.ServiceUse => UsageChanges.Use(facts, change.ServiceUse, context),
            _ => throw context.Malformed("change", change.ChangeCase.ToString(), "this kind of change is not known"),
        };
    }

    private static MemberFacts Register(MemberFacts? facts, V1.Registration registration, in ChangeContext context)
    {
        if (facts is not null)
        {
            throw Refusal.Of(StatusCode.AlreadyExists, "MEMBER_EXISTS",
                $"member_id is {Require.Show(context.MemberId)}: the member is registered already");
        }

        return new MemberFacts
        {
            AcquiredPolicyVersion = registration.AcquiredPolicyVersion.Length > 0 ? registration.AcquiredPolicyVersion : null,
        };
    }
}
