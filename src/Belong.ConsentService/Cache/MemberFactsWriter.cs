using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Cache;

/// <summary>The kinds of fact that are present, and each of them in the order of <see cref="MemberKinds"/>.</summary>
internal static class MemberFactsWriter
{
    private delegate void ElementWriter<T>(ref ValueWriter writer, T element);

    public static void Write(ref ValueWriter writer, MemberFacts facts)
    {
        writer.WriteVarint((ulong)KindsOf(facts));
        if (facts.AcquiredPolicyVersion is { } policy)
        {
            writer.WriteString(policy);
        }

        WriteAll(ref writer, facts.ServiceUses, static (ref ValueWriter to, Instant instant) => to.WriteInstant(instant));
        WriteAll(ref writer, facts.Consents, WriteConsent);
        WriteAll(ref writer, facts.DmOptOuts, WriteDmOptOut);
        WriteAll(ref writer, facts.AdMailOptIns, WriteAdMailOptIn);
        WriteAll(ref writer, facts.Obligations, WriteObligation);
        WriteAll(ref writer, facts.Statuses, WriteStatus);
        WriteAll(ref writer, facts.UseStops, WriteUseStop);
        WriteAll(ref writer, facts.ProvisionStops, WriteProvisionStop);
        WriteAll(ref writer, facts.ItemStops, WriteItemStop);
        WriteAll(ref writer, facts.SurveyOptIns, static (ref ValueWriter to, Instant instant) => to.WriteInstant(instant));
        WriteAll(ref writer, facts.PolicyAcceptances, WriteAcceptance);
    }

    private static MemberKinds KindsOf(MemberFacts facts) =>
        When(facts.AcquiredPolicyVersion is not null, MemberKinds.AcquiredPolicy)
        | When(facts.ServiceUses.Length > 0, MemberKinds.ServiceUses)
        | When(facts.Consents.Length > 0, MemberKinds.Consents)
        | When(facts.DmOptOuts.Length > 0, MemberKinds.DmOptOuts)
        | When(facts.AdMailOptIns.Length > 0, MemberKinds.AdMailOptIns)
        | When(facts.Obligations.Length > 0, MemberKinds.Obligations)
        | When(facts.Statuses.Length > 0, MemberKinds.Statuses)
        | When(facts.UseStops.Length > 0, MemberKinds.UseStops)
        | When(facts.ProvisionStops.Length > 0, MemberKinds.ProvisionStops)
        | When(facts.ItemStops.Length > 0, MemberKinds.ItemStops)
        | When(facts.SurveyOptIns.Length > 0, MemberKinds.SurveyOptIns)
        | When(facts.PolicyAcceptances.Length > 0, MemberKinds.PolicyAcceptances)
        | When(facts.IsTombstone, MemberKinds.Tombstone);

    private static MemberKinds When(bool present, MemberKinds kind) => present ? kind : MemberKinds.None;

    private static void WriteAll<T>(ref ValueWriter writer, T[] elements, ElementWriter<T> write)
    {
        if (elements.Length == 0)
        {
            return;
        }

        writer.WriteVarint((uint)elements.Length);
        foreach (var element in elements)
        {
            write(ref writer, element);
        }
    }

    private static void WriteStrings(ref ValueWriter writer, string[] texts)
    {
        writer.WriteVarint((uint)texts.Length);
        foreach (var text in texts)
        {
            writer.WriteString(text);
        }
    }

    private static void WriteConsent(ref ValueWriter writer, ConsentFact consent)
    {
        writer.WriteString(consent.RecipientId);
        WriteStrings(ref writer, consent.RecipientPurposes);
        writer.WriteVarint(consent.Items.Bits);
        writer.WriteByte((byte)(((int)consent.Method << 1) | (consent.ForeignInfoGiven ? 1 : 0)));
        writer.WriteInstant(consent.GrantedAt);
        writer.WriteInstant(consent.ExpiresAt);
        writer.WriteInstant(consent.WithdrawnAt);
    }

    private static void WriteDmOptOut(ref ValueWriter writer, DmOptOut optOut)
    {
        writer.WriteByte(optOut.Channels.Bits);
        writer.WriteInstant(optOut.At);
        writer.WriteInstant(optOut.LiftedAt);
    }

    private static void WriteAdMailOptIn(ref ValueWriter writer, AdMailOptIn optIn)
    {
        writer.WriteByte(optIn.Channels.Bits);
        writer.WriteInstant(optIn.At);
        writer.WriteOptionalString(optIn.EvidenceRef);
        writer.WriteInstant(optIn.RevokedAt);
    }

    private static void WriteObligation(ref ValueWriter writer, ObligationFact obligation)
    {
        writer.WriteString(obligation.Ref);
        writer.WriteByte((byte)obligation.Kind);
        writer.WriteInstant(obligation.OpenedAt);
        writer.WriteInstant(obligation.ClosedAt);
    }

    private static void WriteStatus(ref ValueWriter writer, StatusFact status)
    {
        writer.WriteByte((byte)status.Status);
        writer.WriteInstant(status.At);
    }

    private static void WriteUseStop(ref ValueWriter writer, UseStop stop)
    {
        writer.WriteByte(stop.IsFull ? (byte)1 : (byte)0);
        writer.WriteByte(stop.Purposes.Bits);
        writer.WriteInstant(stop.At);
        writer.WriteInstant(stop.VerifiedAt);
        writer.WriteInstant(stop.LiftedAt);
    }

    private static void WriteProvisionStop(ref ValueWriter writer, ProvisionStop stop)
    {
        writer.WriteByte(stop.IsAll ? (byte)1 : (byte)0);
        WriteStrings(ref writer, stop.VendorIds);
        writer.WriteInstant(stop.At);
        writer.WriteInstant(stop.LiftedAt);
    }

    private static void WriteItemStop(ref ValueWriter writer, ItemStop stop)
    {
        writer.WriteVarint(stop.Items.Bits);
        writer.WriteInstant(stop.At);
        writer.WriteInstant(stop.LiftedAt);
    }

    private static void WriteAcceptance(ref ValueWriter writer, PolicyAcceptance acceptance)
    {
        writer.WriteString(acceptance.PolicyVersion);
        writer.WriteInstant(acceptance.At);
    }
}
