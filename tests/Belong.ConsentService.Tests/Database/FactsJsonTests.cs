using System.Text;
using System.Text.Json;
using Belong.ConsentService.Database;
using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Tests.Database;

public class FactsJsonTests
{
    private static readonly Instant T1 = Instant.Parse("2026-01-02T03:04:05.000000006Z");
    private static readonly Instant T2 = Instant.Parse("2026-04-01T00:00:00Z");

    private static readonly MemberFacts Full = new()
    {
        Version = 7,
        AcquiredPolicyVersion = "v1",
        Statuses = [new(MemberStatus.WithdrawalPending, null), new(MemberStatus.ErasurePending, T2)],
        UseStops = [new("u1", true, default, T1, null, null), new("u2", false, PurposeSet.Of(Purpose.DirectMarketing, Purpose.ServiceImprovement), null, T1, T2)],
        ProvisionStops = [new("p1", true, [], T1, null), new("p2", false, ["V-1", "V \"2\""], null, T2)],
        DmOptOuts =
        [
            new("d1", ChannelSet.All, T1, null) { ReceivedVia = "電話", IdentityVerified = true },
            new("d2", ChannelSet.Of(Channel.Email, Channel.AppMessage), null, T2),
        ],
        ItemStops = [new(ItemSet.Of(Item.Name, Item.CookieId), T1, null)],
        SurveyOptIns = [T1, T2],
        AdMailOptIns = [new("a1", ChannelSet.Of(Channel.Sms), T1, "E-1", T2)],
        Consents = [new("V-1", ["SERVICE_LINK"], ItemSet.Of(Item.Email), ConsentMethod.Explicit, T1, T2, null, true), new("V-1", [], default, ConsentMethod.Deemed, null, null, T2, false)],
        Obligations = [new("O-1", ObligationKind.RightsRequest, T1, null)],
        PolicyAcceptances = [new("v2", T2)],
        ServiceUses = [T2],
    };

    [Fact]
    public void The_facts_of_a_plain_member_are_tiny() =>
        Assert.Equal("""{"acquired_policy_version":"v1"}""", Text(new MemberFacts { Version = 3, AcquiredPolicyVersion = "v1" }));

    [Fact]
    public void The_form_of_stored_facts_does_not_change_between_versions() => Assert.Equal(
        """
        {"acquired_policy_version":"v1",
        "statuses":[{"status":"WITHDRAWAL_PENDING"},{"status":"ERASURE_PENDING","at":"2026-04-01T00:00:00Z"}],
        "use_stops":[{"record_id":"u1","is_full":true,"at":"2026-01-02T03:04:05.000000006Z"},
        {"record_id":"u2","purposes":[3,8],"verified_at":"2026-01-02T03:04:05.000000006Z","lifted_at":"2026-04-01T00:00:00Z"}],
        "provision_stops":[{"record_id":"p1","is_all":true,"vendor_ids":[],"at":"2026-01-02T03:04:05.000000006Z"},
        {"record_id":"p2","vendor_ids":["V-1","V \u00222\u0022"],"lifted_at":"2026-04-01T00:00:00Z"}],
        "dm_opt_outs":[{"record_id":"d1","channels":["ALL"],"at":"2026-01-02T03:04:05.000000006Z","received_via":"\u96FB\u8A71","identity_verified":true},
        {"record_id":"d2","channels":["EMAIL","APP_MESSAGE"],"lifted_at":"2026-04-01T00:00:00Z"}],
        "item_stops":[{"items":["NAME","COOKIE_ID"],"at":"2026-01-02T03:04:05.000000006Z"}],
        "survey_opt_ins":["2026-01-02T03:04:05.000000006Z","2026-04-01T00:00:00Z"],
        "ad_mail_opt_ins":[{"record_id":"a1","channels":["SMS"],"at":"2026-01-02T03:04:05.000000006Z","evidence_ref":"E-1","revoked_at":"2026-04-01T00:00:00Z"}],
        "consents":[{"recipient_id":"V-1","recipient_purposes":["SERVICE_LINK"],"items":["EMAIL"],"method":"EXPLICIT","granted_at":"2026-01-02T03:04:05.000000006Z","expires_at":"2026-04-01T00:00:00Z","foreign_info_given":true},
        {"recipient_id":"V-1","recipient_purposes":[],"method":"DEEMED","withdrawn_at":"2026-04-01T00:00:00Z"}],
        "obligations":[{"ref":"O-1","kind":"RIGHTS_REQUEST","opened_at":"2026-01-02T03:04:05.000000006Z"}],
        "policy_acceptances":[{"policy_version":"v2","at":"2026-04-01T00:00:00Z"}],
        "service_uses":["2026-04-01T00:00:00Z"]}
        """.ReplaceLineEndings(""), Text(Full));

    [Fact]
    public void Facts_read_back_as_they_were_written()
    {
        var read = FactsJson.ReadMember(FactsJson.Write(Full), 7);
        Assert.Equal(Text(Full), Text(read));
        Assert.Equal(7, read.Version);
        Assert.Equal(Full.UseStops[1], read.UseStops[1]);
        Assert.Equal(Full.DmOptOuts, read.DmOptOuts);
        Assert.Equal(Full.Statuses, read.Statuses);
    }

    [Fact]
    public void A_field_of_a_later_version_is_passed_over_in_the_register() =>
        Assert.Equal(VendorStatus.Active, FactsJson.ReadVendor("""{"id":"V-1","later":{"a":[1]},"status":"ACTIVE"}"""u8).Status);

    [Theory]
    [InlineData("""{"dm_opt_outs":[{"at":"2026-04-01T00:00:00Z"}]}""")]
    [InlineData("""{"dm_opt_outs":[{"channels":["FAX"]}]}""")]
    [InlineData("""{"use_stops":[{"purposes":[]}]}""")]
    [InlineData("""{"use_stops":[{"purposes":[9]}]}""")]
    [InlineData("""{"provision_stops":[{"vendor_ids":[]}]}""")]
    [InlineData("""{"item_stops":[{"at":"2026-04-01T00:00:00Z"}]}""")]
    [InlineData("""{"statuses":[{"at":"2026-04-01T00:00:00Z"}]}""")]
    [InlineData("""{"statuses":[{"status":"GONE"}]}""")]
    [InlineData("""{"statuses":[{"status":5}]}""")]
    [InlineData("""{"dm_opt_outs":[{"channels":["ALL"],"lifted_at":"yesterday"}]}""")]
    [InlineData("""{"dm_opt_outs":[null]}""")]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("""{"later":{"a":[1]}}""")]
    [InlineData("""{"statuses":[{"status":"ERASED","why":"x"}]}""")]
    public void Facts_that_do_not_say_what_they_restrict_are_not_read(string json) =>
        Assert.ThrowsAny<JsonException>(() => FactsJson.ReadMember(Encoding.UTF8.GetBytes(json), 1));

    [Fact]
    public void Entries_of_the_register_read_back_as_they_were_written()
    {
        var vendor = new Vendor
        {
            Id = "V-1",
            Name = "配送",
            Relations = VendorRelations.Contractor | VendorRelations.JointUser,
            Status = VendorStatus.Suspended,
            Contracts = [new(T1, null, true)],
            Delegations = [new("task", PurposeSet.Of(Purpose.ServiceDelivery), ItemSet.Of(Item.Name))],
            ForeignBasis = ForeignBasis.EquivalentMeasures,
            Redelegations = [new("V-0", null, T1, T2)],
        };
        Assert.Equal(FactsJson.Write(vendor), FactsJson.Write(FactsJson.ReadVendor(FactsJson.Write(vendor))));
        Assert.Equal(vendor.Relations, FactsJson.ReadVendor(FactsJson.Write(vendor)).Relations);
        var version = new PolicyVersion("v1", T1, null, PolicyChange.Expansion, PurposeSet.Of(Purpose.Survey), true);
        Assert.Equal(version, FactsJson.ReadPolicyVersion(FactsJson.Write(version)));
        var determination = new Determination("D-1", true, false, null, T2, "board");
        Assert.Equal(determination, FactsJson.ReadDetermination(FactsJson.Write(determination)));
    }

    [Fact]
    public void A_vendor_of_an_earlier_version_without_lists_has_empty_ones()
    {
        var vendor = FactsJson.ReadVendor("""{"id":"V","status":"ACTIVE"}"""u8);
        Assert.Empty(vendor.Contracts);
        Assert.Empty(vendor.Redelegations);
        Assert.Equal("", vendor.Name);
    }

    [Fact]
    public void A_vendor_without_status_and_a_version_without_change_are_read_as_neither()
    {
        Assert.NotEqual(VendorStatus.Active, FactsJson.ReadVendor("""{"id":"V"}"""u8).Status);
        Assert.False(Enum.IsDefined(FactsJson.ReadPolicyVersion("""{"id":"v1"}"""u8).Change));
    }

    private static string Text(MemberFacts facts) => Encoding.UTF8.GetString(FactsJson.Write(facts));
}
