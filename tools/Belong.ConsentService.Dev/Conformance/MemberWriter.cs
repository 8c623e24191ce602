using Belong.Consent.V1;
using Belong.ConsentService.Rules;
using Google.Protobuf.WellKnownTypes;
using AdMailOptIn = Belong.Consent.V1.AdMailOptIn;
using DmOptOut = Belong.Consent.V1.DmOptOut;
using ItemStop = Belong.Consent.V1.ItemStop;
using MemberStatus = Belong.ConsentService.Rules.MemberStatus;
using PolicyAcceptance = Belong.Consent.V1.PolicyAcceptance;
using ProvisionStop = Belong.Consent.V1.ProvisionStop;
using UseStop = Belong.Consent.V1.UseStop;

namespace Belong.ConsentService.Dev.Conformance;

/// <summary>Says the facts of a member as the changes that record them.</summary>
internal static class MemberWriter
{
    public static List<MemberChange> Write(MemberFacts facts, CaseNames names)
    {
        var changes = new List<MemberChange>
        {
            new() { Registration = new Registration { AcquiredPolicyVersion = facts.AcquiredPolicyVersion ?? "" } },
        };
        changes.AddRange(facts.UseStops.SelectMany(Write));
        changes.AddRange(facts.ProvisionStops.SelectMany(stop => Write(stop, names)));
        changes.AddRange(facts.DmOptOuts.SelectMany(Write));
        changes.AddRange(facts.ItemStops.Select(stop => new MemberChange { ItemStop = Write(stop) }));
        changes.AddRange(facts.SurveyOptIns.Select(at => new MemberChange { SurveyOptIn = new SurveyOptIn { Start = StartAt(at) } }));
        changes.AddRange(facts.AdMailOptIns.SelectMany(Write));
        changes.AddRange(facts.Consents.SelectMany(consent => Write(consent, names)));
        changes.AddRange(facts.Obligations.SelectMany(Write));
        changes.AddRange(facts.PolicyAcceptances.Select(acceptance => new MemberChange
        {
            PolicyAcceptance = new PolicyAcceptance { PolicyVersion = acceptance.PolicyVersion, Start = StartAt(acceptance.At) },
        }));
        changes.AddRange(facts.ServiceUses.Select(at => new MemberChange { ServiceUse = new ServiceUse { Start = StartAt(at) } }));
        // Last: an erasure takes the rest away.
        changes.AddRange(facts.Statuses.Select(Write));
        return changes;
    }

    public static Timestamp? Time(Instant? instant) =>
        instant is { } at ? new Timestamp { Seconds = at.UnixSeconds, Nanos = at.Nanoseconds } : null;

    private static Start StartAt(Instant? at) => at is null ? new Start { Unknown = true } : new Start { At = Time(at) };

    private static MemberChange Write(StatusFact fact) => fact.Status == MemberStatus.Erased
        ? new MemberChange { Erasure = new Erasure { Start = StartAt(fact.At) } }
        : new MemberChange { Status = new StatusChange { Status = (Consent.V1.MemberStatus)fact.Status, Start = StartAt(fact.At) } };

    private static IEnumerable<MemberChange> Write(Rules.UseStop stop, int index)
    {
        var record = $"use-stop-{index}";
        var message = new UseStop { RecordId = record, Full = stop.IsFull, Start = StartAt(stop.At), Verified = stop.VerifiedAt is not null };
        if (!stop.IsFull)
        {
            foreach (var purpose in stop.Purposes)
            {
                message.Purposes.Add((Consent.V1.Purpose)purpose);
            }
        }

        yield return new MemberChange { UseStop = message };
        if (stop.LiftedAt is not null)
        {
            yield return new MemberChange { UseStopLift = LiftOf(record, stop.LiftedAt) };
        }
    }

    private static IEnumerable<MemberChange> Write(Rules.ProvisionStop stop, CaseNames names)
    {
        var message = new ProvisionStop { AllVendors = stop.IsAll, Start = StartAt(stop.At) };
        if (!stop.IsAll)
        {
            message.VendorIds.AddRange(stop.VendorIds.Select(id => names.Of(id)));
        }

        yield return new MemberChange { ProvisionStop = message };
        if (stop.LiftedAt is not null)
        {
            yield return new MemberChange { ProvisionStopLift = LiftOf("", stop.LiftedAt) };
        }
    }

    private static IEnumerable<MemberChange> Write(Rules.DmOptOut optOut, int index)
    {
        var record = $"dm-opt-out-{index}";
        var message = new DmOptOut { RecordId = record, AllChannels = optOut.Channels == ChannelSet.All, Start = StartAt(optOut.At), ReceivedVia = "PHONE" };
        if (!message.AllChannels)
        {
            message.Channels.AddRange(Channels(optOut.Channels));
        }

        yield return new MemberChange { DmOptOut = message };
        if (optOut.LiftedAt is not null)
        {
            yield return new MemberChange { DmOptOutLift = LiftOf(record, optOut.LiftedAt) };
        }
    }

    private static Lift LiftOf(string record, Instant? at) => new() { RecordId = record, Start = StartAt(at), EvidenceRef = "conformance" };

    private static ItemStop Write(Rules.ItemStop stop)
    {
        var message = new ItemStop { Start = StartAt(stop.At) };
        message.Items.AddRange(RegisterWriter.Items(stop.Items));
        return message;
    }

    private static IEnumerable<MemberChange> Write(Rules.AdMailOptIn optIn, int index)
    {
        var record = $"ad-mail-opt-in-{index}";
        var message = new AdMailOptIn { RecordId = record, Start = StartAt(optIn.At), EvidenceRef = optIn.EvidenceRef ?? "" };
        message.Channels.AddRange(Channels(optIn.Channels));
        yield return new MemberChange { AdMailOptIn = message };
        if (optIn.RevokedAt is not null)
        {
            yield return new MemberChange { AdMailOptInRevocation = new AdMailOptInRevocation { RecordId = record, Start = StartAt(optIn.RevokedAt) } };
        }
    }

    private static IEnumerable<MemberChange> Write(ConsentFact consent, CaseNames names)
    {
        var message = new Consent.V1.Consent
        {
            RecipientId = names.Of(consent.RecipientId) ?? "",
            Method = (Consent.V1.ConsentMethod)consent.Method,
            Granted = StartAt(consent.GrantedAt),
            ExpiresAt = Time(consent.ExpiresAt),
            ForeignInfoGiven = consent.ForeignInfoGiven,
        };
        message.RecipientPurposes.AddRange(consent.RecipientPurposes);
        message.Items.AddRange(RegisterWriter.Items(consent.Items));
        yield return new MemberChange { Consent = message };
        if (consent.WithdrawnAt is not null)
        {
            yield return new MemberChange
            {
                ConsentWithdrawal = new ConsentWithdrawal
                {
                    RecipientId = message.RecipientId,
                    GrantedAt = Time(consent.GrantedAt),
                    Start = StartAt(consent.WithdrawnAt),
                },
            };
        }
    }

    private static IEnumerable<MemberChange> Write(ObligationFact obligation)
    {
        yield return new MemberChange
        {
            ObligationOpening = new ObligationOpening
            {
                Ref = obligation.Ref,
                Kind = (Consent.V1.ObligationKind)obligation.Kind,
                Start = StartAt(obligation.OpenedAt),
            },
        };
        if (obligation.ClosedAt is not null)
        {
            yield return new MemberChange { ObligationClosing = new ObligationClosing { Ref = obligation.Ref, Start = StartAt(obligation.ClosedAt) } };
        }
    }

    private static List<Consent.V1.Channel> Channels(ChannelSet channels)
    {
        var list = new List<Consent.V1.Channel>();
        foreach (var channel in channels)
        {
            list.Add((Consent.V1.Channel)channel);
        }

        return list;
    }
}
