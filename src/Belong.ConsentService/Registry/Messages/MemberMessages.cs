using Belong.ConsentService.Rules;
using V1 = Belong.Consent.V1;

namespace Belong.ConsentService.Registry;

/// <summary>The facts of a member as a message.</summary>
internal static class MemberMessages
{
    public static V1.Member ToMessage(string id, MemberFacts facts)
    {
        var member = new V1.Member { Id = id, Version = facts.Version, AcquiredPolicyVersion = facts.AcquiredPolicyVersion ?? "" };
        member.Statuses.AddRange(facts.Statuses.Select(static fact =>
            new V1.StatusChange { Status = (V1.MemberStatus)fact.Status, Start = Times.ToStart(fact.At) }));
        AddRestrictions(member, facts);
        member.SurveyOptIns.AddRange(facts.SurveyOptIns.Select(static at => new V1.SurveyOptIn { Start = Times.ToStart(at) }));
        member.AdMailOptIns.AddRange(facts.AdMailOptIns.Select(ToMessage));
        member.Consents.AddRange(facts.Consents.Select(ToMessage));
        member.Obligations.AddRange(facts.Obligations.Select(ToMessage));
        member.PolicyAcceptances.AddRange(facts.PolicyAcceptances.Select(static acceptance =>
            new V1.PolicyAcceptance { PolicyVersion = acceptance.PolicyVersion, Start = Times.ToStart(acceptance.At) }));
        member.ServiceUses.AddRange(facts.ServiceUses.Select(static at => new V1.ServiceUse { Start = Times.ToStart(at) }));
        return member;
    }

    private static void AddRestrictions(V1.Member member, MemberFacts facts)
    {
        member.DmOptOuts.AddRange(facts.DmOptOuts.Select(ToMessage));
        member.UseStops.AddRange(facts.UseStops.Select(ToMessage));
        member.ProvisionStops.AddRange(facts.ProvisionStops.Select(ToMessage));
        member.ItemStops.AddRange(facts.ItemStops.Select(ToMessage));
    }

    private static V1.DmOptOutRecord ToMessage(DmOptOut record)
    {
        var optOut = new V1.DmOptOut
        {
            RecordId = record.RecordId ?? "",
            AllChannels = record.Channels == ChannelSet.All,
            Start = Times.ToStart(record.At),
            ReceivedVia = record.ReceivedVia ?? "",
            IdentityVerified = record.IdentityVerified,
        };
        if (!optOut.AllChannels)
        {
            Sets.AddTo(optOut.Channels, record.Channels);
        }

        return new V1.DmOptOutRecord { OptOut = optOut, LiftedAt = Times.ToTimestampOrNull(record.LiftedAt) };
    }

    private static V1.UseStopRecord ToMessage(UseStop record)
    {
        var stop = new V1.UseStop
        {
            RecordId = record.RecordId ?? "",
            Full = record.IsFull,
            Start = Times.ToStart(record.At),
            Verified = record.VerifiedAt is not null,
        };
        Sets.AddTo(stop.Purposes, record.Purposes);
        return new V1.UseStopRecord
        {
            Stop = stop,
            VerifiedAt = Times.ToTimestampOrNull(record.VerifiedAt),
            LiftedAt = Times.ToTimestampOrNull(record.LiftedAt),
        };
    }

    private static V1.ProvisionStopRecord ToMessage(ProvisionStop record) => new()
    {
        Stop = new V1.ProvisionStop
        {
            RecordId = record.RecordId ?? "",
            AllVendors = record.IsAll,
            VendorIds = { record.VendorIds },
            Start = Times.ToStart(record.At),
        },
        LiftedAt = Times.ToTimestampOrNull(record.LiftedAt),
    };

    private static V1.ItemStopRecord ToMessage(ItemStop record)
    {
        var stop = new V1.ItemStop { Start = Times.ToStart(record.At) };
        Sets.AddTo(stop.Items, record.Items);
        return new V1.ItemStopRecord { Stop = stop, LiftedAt = Times.ToTimestampOrNull(record.LiftedAt) };
    }

    private static V1.AdMailOptInRecord ToMessage(AdMailOptIn record)
    {
        var optIn = new V1.AdMailOptIn
        {
            RecordId = record.RecordId ?? "",
            Start = Times.ToStart(record.At),
            EvidenceRef = record.EvidenceRef ?? "",
        };
        Sets.AddTo(optIn.Channels, record.Channels);
        return new V1.AdMailOptInRecord { OptIn = optIn, RevokedAt = Times.ToTimestampOrNull(record.RevokedAt) };
    }

    private static V1.ConsentRecord ToMessage(ConsentFact record)
    {
        var consent = new V1.Consent
        {
            RecipientId = record.RecipientId,
            RecipientPurposes = { record.RecipientPurposes },
            Method = (V1.ConsentMethod)record.Method,
            Granted = Times.ToStart(record.GrantedAt),
            ExpiresAt = Times.ToTimestampOrNull(record.ExpiresAt),
            ForeignInfoGiven = record.ForeignInfoGiven,
        };
        Sets.AddTo(consent.Items, record.Items);
        return new V1.ConsentRecord { Consent = consent, WithdrawnAt = Times.ToTimestampOrNull(record.WithdrawnAt) };
    }

    private static V1.ObligationRecord ToMessage(ObligationFact record) => new()
    {
        Obligation = new V1.ObligationOpening { Ref = record.Ref, Kind = (V1.ObligationKind)record.Kind, Start = Times.ToStart(record.OpenedAt) },
        ClosedAt = Times.ToTimestampOrNull(record.ClosedAt),
    };
}
