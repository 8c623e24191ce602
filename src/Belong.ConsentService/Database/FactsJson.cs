using System.Text.Json;
using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Database;

/// <summary>
/// Facts as JSON, readable in the database. A record that says nothing where something must be said is refused with a
/// <see cref="JsonException"/>, because a restriction without an extent would restrict nothing; so are facts of a member with
/// a field of a later version. In the register such a field is passed over (docs/compatibility.md).
/// </summary>
public static class FactsJson
{
    private static readonly FactsJsonContext Context = FactsJsonContext.Default;

    public static byte[] Write(MemberFacts facts) => JsonSerializer.SerializeToUtf8Bytes(ToDocument(facts), MemberJsonContext.Default.MemberDocument);

    public static byte[] Write(Vendor vendor) => JsonSerializer.SerializeToUtf8Bytes(vendor, Context.Vendor);

    public static byte[] Write(PolicyVersion version) => JsonSerializer.SerializeToUtf8Bytes(version, Context.PolicyVersion);

    public static byte[] Write(Determination determination) => JsonSerializer.SerializeToUtf8Bytes(determination, Context.Determination);

    /// <param name="version">From its own column: the JSON does not carry it.</param>
    public static MemberFacts ReadMember(ReadOnlySpan<byte> utf8, long version)
    {
        var document = JsonSerializer.Deserialize(utf8, MemberJsonContext.Default.MemberDocument) ?? throw new JsonException("no facts");
        return new MemberFacts
        {
            Version = version,
            IsTombstone = document.IsTombstone,
            AcquiredPolicyVersion = document.AcquiredPolicyVersion,
            Statuses = Checked(document.Statuses, static fact => fact.Status != 0),
            UseStops = Checked(document.UseStops, static stop => stop.IsFull || !stop.Purposes.IsEmpty),
            ProvisionStops = Checked(document.ProvisionStops, static stop => stop.IsAll || HasAny(stop.VendorIds)),
            DmOptOuts = Checked(document.DmOptOuts, static optOut => !optOut.Channels.IsEmpty),
            ItemStops = Checked(document.ItemStops, static stop => !stop.Items.IsEmpty),
            SurveyOptIns = document.SurveyOptIns ?? [],
            AdMailOptIns = Checked(document.AdMailOptIns, static _ => true),
            Consents = Checked(document.Consents, static consent =>
                consent is { RecipientId: not null, RecipientPurposes: not null } && consent.Method != 0),
            Obligations = Checked(document.Obligations, static obligation => obligation is { Ref: not null } && obligation.Kind != 0),
            PolicyAcceptances = Checked(document.PolicyAcceptances, static acceptance => acceptance.PolicyVersion is not null),
            ServiceUses = document.ServiceUses ?? [],
        };
    }

    /// <summary>Without a status a vendor is not ACTIVE; it must not make the whole register unreadable.</summary>
    public static Vendor ReadVendor(ReadOnlySpan<byte> utf8)
    {
        var vendor = Required(JsonSerializer.Deserialize(utf8, Context.Vendor));
        return vendor with
        {
            Name = vendor.Name ?? "",
            Contracts = Checked(vendor.Contracts, static _ => true),
            Delegations = Checked(vendor.Delegations, static delegation => delegation.Task is not null),
            Redelegations = Checked(vendor.Redelegations, static redelegation => redelegation.ParentId is not null),
        };
    }

    /// <summary>Without a change a policy version newly covers nothing.</summary>
    public static PolicyVersion ReadPolicyVersion(ReadOnlySpan<byte> utf8)
    {
        var version = Required(JsonSerializer.Deserialize(utf8, Context.PolicyVersion));
        return version is { Id: not null } ? version : throw new JsonException("a policy version without id");
    }

    public static Determination ReadDetermination(ReadOnlySpan<byte> utf8)
    {
        var determination = Required(JsonSerializer.Deserialize(utf8, Context.Determination));
        return determination is { Ref: not null } ? determination with { By = determination.By ?? "" } : throw new JsonException("a determination without ref");
    }

    private static MemberDocument ToDocument(MemberFacts facts) => new()
    {
        IsTombstone = facts.IsTombstone,
        AcquiredPolicyVersion = facts.AcquiredPolicyVersion,
        Statuses = OrNull(facts.Statuses),
        UseStops = OrNull(facts.UseStops),
        ProvisionStops = OrNull(facts.ProvisionStops),
        DmOptOuts = OrNull(facts.DmOptOuts),
        ItemStops = OrNull(facts.ItemStops),
        SurveyOptIns = OrNull(facts.SurveyOptIns),
        AdMailOptIns = OrNull(facts.AdMailOptIns),
        Consents = OrNull(facts.Consents),
        Obligations = OrNull(facts.Obligations),
        PolicyAcceptances = OrNull(facts.PolicyAcceptances),
        ServiceUses = OrNull(facts.ServiceUses),
    };

    private static T[]? OrNull<T>(T[] records) => records.Length == 0 ? null : records;

    private static bool HasAny(string[]? ids) => ids is { Length: > 0 };

    private static T Required<T>(T? record)
        where T : class => record ?? throw new JsonException("no record");

    private static T[] Checked<T>(T[]? records, Func<T, bool> isComplete)
        where T : class
    {
        foreach (var record in records ?? [])
        {
            if (record is null || !isComplete(record))
            {
                throw new JsonException($"an incomplete {typeof(T).Name}");
            }
        }

        return records ?? [];
    }
}
