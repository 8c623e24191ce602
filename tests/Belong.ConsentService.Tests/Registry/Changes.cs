using Belong.ConsentService.Registry;
using Belong.ConsentService.Rules;
using Google.Protobuf.WellKnownTypes;
using V1 = Belong.Consent.V1;

namespace Belong.ConsentService.Tests.Registry;

/// <summary>Short ways to state changes in tests.</summary>
internal static class Changes
{
    /// <summary>The time of recording in pure tests.</summary>
    public static readonly Instant Now = Instant.Parse("2026-04-01T00:00:00Z");

    public static V1.Start At(string time) => new() { At = Time(time) };

    public static V1.Start Unknown => new() { Unknown = true };

    public static Timestamp Time(string time)
    {
        var instant = Instant.Parse(time);
        return new Timestamp { Seconds = instant.UnixSeconds, Nanos = instant.Nanoseconds };
    }

    public static V1.MemberChange Registration(string version = "v1") => new() { Registration = new() { AcquiredPolicyVersion = version } };

    public static V1.MemberChange Status(V1.MemberStatus status, V1.Start? start = null) => new() { Status = new() { Status = status, Start = start } };

    public static V1.MemberChange Erasure(V1.Start? start = null) => new() { Erasure = new() { Start = start } };

    public static V1.MemberChange OptOut(V1.Start? start = null, string id = "") =>
        new() { DmOptOut = new() { AllChannels = true, Start = start, RecordId = id } };

    public static V1.MemberChange OptOutLift(V1.Start? start = null, string id = "") =>
        new() { DmOptOutLift = new() { Start = start, RecordId = id, EvidenceRef = "E-1" } };

    public static V1.MemberChange UseStop(bool verified = false, V1.Start? start = null, string id = "") =>
        new() { UseStop = new() { Full = true, Verified = verified, Start = start, RecordId = id } };

    public static V1.MemberChange Verification(V1.Start? start = null, string id = "") =>
        new() { UseStopVerification = new() { Start = start, RecordId = id } };

    public static V1.MemberChange ItemStop(V1.Start? start, params V1.DataItem[] items) => new() { ItemStop = new() { Items = { items }, Start = start } };

    public static V1.MemberChange ItemStopLift(V1.Start? start, params V1.DataItem[] items) =>
        new() { ItemStopLift = new() { Items = { items }, Start = start, EvidenceRef = "E-1" } };

    public static V1.MemberChange AdMail(V1.Start? start = null, string id = "") =>
        new() { AdMailOptIn = new() { Channels = { V1.Channel.Email }, Start = start, RecordId = id, EvidenceRef = "E-1" } };

    public static V1.MemberChange AdMailRevocation(V1.Start? start = null, string id = "") =>
        new() { AdMailOptInRevocation = new() { Start = start, RecordId = id } };

    public static V1.MemberChange ConsentTo(V1.Start? granted = null, string recipient = "V-1", Timestamp? expires = null) => new()
    {
        Consent = new()
        {
            RecipientId = recipient,
            RecipientPurposes = { "SERVICE_LINK" },
            Items = { V1.DataItem.Name },
            Method = V1.ConsentMethod.Explicit,
            Granted = granted,
            ExpiresAt = expires,
        },
    };

    public static V1.MemberChange Withdrawal(V1.Start? start = null, Timestamp? granted = null, string recipient = "V-1") =>
        new() { ConsentWithdrawal = new() { RecipientId = recipient, GrantedAt = granted, Start = start } };

    public static V1.MemberChange Opening(string reference, V1.Start? start = null, V1.ObligationKind kind = V1.ObligationKind.Delivery) =>
        new() { ObligationOpening = new() { Ref = reference, Kind = kind, Start = start } };

    public static V1.MemberChange Closing(string reference, V1.Start? start = null) => new() { ObligationClosing = new() { Ref = reference, Start = start } };

    public static V1.MemberChange Acceptance(string version, V1.Start? start = null) => new() { PolicyAcceptance = new() { PolicyVersion = version, Start = start } };

    public static V1.MemberChange Use(string time) => new() { ServiceUse = new() { Start = At(time) } };

    public static V1.MemberChange Survey(string time) => new() { SurveyOptIn = new() { Start = At(time) } };

    /// <summary>A registered member after these changes, recorded <see cref="Now"/>.</summary>
    public static MemberFacts Apply(params V1.MemberChange[] changes)
    {
        var facts = new MemberFacts();
        for (var i = 0; i < changes.Length; i++)
        {
            MemberChangeShape.Check(changes[i], WriteShape.Position(i));
            facts = MemberChanges.Apply(facts, changes[i], new ChangeContext("M1", Now, "key", i));
        }

        return facts;
    }
}
