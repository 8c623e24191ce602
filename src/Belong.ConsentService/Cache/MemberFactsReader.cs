using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Cache;

/// <summary>The mirror of <see cref="MemberFactsWriter"/>; on the path of every check.</summary>
internal static class MemberFactsReader
{
    private const byte MaxConsentFlags = ((byte)ConsentMethod.Deemed << 1) | 1;

    private delegate T ElementReader<out T>(ref ValueReader reader);

    public static MemberFacts Read(ref ValueReader reader, long version, MemberKinds kinds)
    {
        if ((kinds & MemberKinds.Unreadable) != 0)
        {
            reader.Fail();
        }

        return new MemberFacts
        {
            Version = version,
            IsTombstone = (kinds & MemberKinds.Tombstone) != 0,
            AcquiredPolicyVersion = (kinds & MemberKinds.AcquiredPolicy) != 0 ? reader.ReadString() : null,
            ServiceUses = ReadAll(ref reader, kinds & MemberKinds.ServiceUses, 1, ReadStart),
            Consents = ReadAll(ref reader, kinds & MemberKinds.Consents, 7, ReadConsent),
            DmOptOuts = ReadAll(ref reader, kinds & MemberKinds.DmOptOuts, 3, ReadDmOptOut),
            AdMailOptIns = ReadAll(ref reader, kinds & MemberKinds.AdMailOptIns, 4, ReadAdMailOptIn),
            Obligations = ReadAll(ref reader, kinds & MemberKinds.Obligations, 4, ReadObligation),
            Statuses = ReadAll(ref reader, kinds & MemberKinds.Statuses, 2, ReadStatus),
            UseStops = ReadAll(ref reader, kinds & MemberKinds.UseStops, 5, ReadUseStop),
            ProvisionStops = ReadAll(ref reader, kinds & MemberKinds.ProvisionStops, 4, ReadProvisionStop),
            ItemStops = ReadAll(ref reader, kinds & MemberKinds.ItemStops, 3, ReadItemStop),
            SurveyOptIns = ReadAll(ref reader, kinds & MemberKinds.SurveyOptIns, 1, ReadStart),
            PolicyAcceptances = ReadAll(ref reader, kinds & MemberKinds.PolicyAcceptances, 2, ReadAcceptance),
        };
    }

    private static T[] ReadAll<T>(ref ValueReader reader, MemberKinds present, int minBytes, ElementReader<T> read)
    {
        if (present == MemberKinds.None)
        {
            return [];
        }

        var count = reader.ReadCount(minBytes);
        if (count == 0)
        {
            // A kind that is present has at least one.
            reader.Fail();
            return [];
        }

        var elements = new T[count];
        for (var i = 0; i < count && !reader.Failed; i++)
        {
            elements[i] = read(ref reader);
        }

        return elements;
    }

    private static string[] ReadStrings(ref ValueReader reader)
    {
        var count = reader.ReadCount(1);
        if (count == 0)
        {
            return [];
        }

        var texts = new string[count];
        for (var i = 0; i < count && !reader.Failed; i++)
        {
            texts[i] = reader.ReadString();
        }

        return texts;
    }

    /// <summary>An instant that may not be missing.</summary>
    private static Instant ReadStart(ref ValueReader reader)
    {
        var instant = reader.ReadInstant();
        if (instant is null)
        {
            reader.Fail();
        }

        return instant.GetValueOrDefault();
    }

    private static ConsentFact ReadConsent(ref ValueReader reader)
    {
        var recipient = reader.ReadString();
        var purposes = ReadStrings(ref reader);
        var items = (ushort)reader.ReadVarint(ushort.MaxValue);
        var flags = reader.ReadByte((byte)ConsentMethod.Explicit << 1, MaxConsentFlags);
        return new ConsentFact(recipient, purposes, new ItemSet(items), (ConsentMethod)(flags >> 1),
            reader.ReadInstant(), reader.ReadInstant(), reader.ReadInstant(), (flags & 1) != 0);
    }

    private static DmOptOut ReadDmOptOut(ref ValueReader reader) =>
        new(null, new ChannelSet(reader.ReadByte()), reader.ReadInstant(), reader.ReadInstant());

    private static AdMailOptIn ReadAdMailOptIn(ref ValueReader reader) =>
        new(null, new ChannelSet(reader.ReadByte()), reader.ReadInstant(), reader.ReadOptionalString(), reader.ReadInstant());

    private static ObligationFact ReadObligation(ref ValueReader reader) =>
        new(reader.ReadString(), (ObligationKind)reader.ReadByte((byte)ObligationKind.Delivery, (byte)ObligationKind.RightsRequest),
            reader.ReadInstant(), reader.ReadInstant());

    private static StatusFact ReadStatus(ref ValueReader reader) =>
        new((MemberStatus)reader.ReadByte((byte)MemberStatus.Active, (byte)MemberStatus.Erased), reader.ReadInstant());

    private static UseStop ReadUseStop(ref ValueReader reader) =>
        new(null, reader.ReadByte(0, 1) == 1, new PurposeSet(reader.ReadByte()),
            reader.ReadInstant(), reader.ReadInstant(), reader.ReadInstant());

    private static ProvisionStop ReadProvisionStop(ref ValueReader reader) =>
        new(null, reader.ReadByte(0, 1) == 1, ReadStrings(ref reader), reader.ReadInstant(), reader.ReadInstant());

    private static ItemStop ReadItemStop(ref ValueReader reader) =>
        new(new ItemSet((ushort)reader.ReadVarint(ushort.MaxValue)), reader.ReadInstant(), reader.ReadInstant());

    private static PolicyAcceptance ReadAcceptance(ref ValueReader reader) => new(reader.ReadString(), reader.ReadInstant());
}
