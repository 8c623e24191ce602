using Belong.ConsentService.Registry;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using static Belong.ConsentService.Tests.Registry.Changes;
using V1 = Belong.Consent.V1;

namespace Belong.ConsentService.Tests.Registry;

public class ShapeTests
{
    public static TheoryData<string, V1.MemberChange> MemberChanges
    {
        get
        {
            var cases = new TheoryData<string, V1.MemberChange>
            {
                { "changes[0] is empty", new() },
                { "registration.acquired_policy_version", Registration(new string('v', 65)) },
                { "status.status is 0", Status(0) },
                { "status.status is 6", Status((V1.MemberStatus)6) },
                { "ERASED is recorded by an erasure only", Status(V1.MemberStatus.Erased) },
                { "dm_opt_out.channels[0] is 6", new() { DmOptOut = new() { Channels = { (V1.Channel)6 } } } },
                { "dm_opt_out.channels[1] is 0", new() { DmOptOut = new() { Channels = { V1.Channel.Sms, 0 } } } },
                { "dm_opt_out.channels[0] is -1", new() { DmOptOut = new() { Channels = { (V1.Channel)(-1) } } } },
                { "dm_opt_out.channels is empty", new() { DmOptOut = new() } },
                { "dm_opt_out.all_channels is true", new() { DmOptOut = new() { AllChannels = true, Channels = { V1.Channel.Sms } } } },
                { "dm_opt_out.received_via", new() { DmOptOut = new() { AllChannels = true, ReceivedVia = new string('あ', 22) } } },
                { "dm_opt_out.received_via", new() { DmOptOut = new() { AllChannels = true, ReceivedVia = "a\0b" } } },
                { "dm_opt_out.record_id", OptOut(id: "a\nb") },
                { "dm_opt_out.record_id", OptOut(id: "é") },
                { "dm_opt_out.start.at", OptOut(At("1899-12-31T23:59:59.999999999Z")) },
                { "dm_opt_out.start.at", OptOut(At("2200-01-01T00:00:00Z")) },
                { "dm_opt_out.start.at", OptOut(new() { At = new Timestamp { Seconds = long.MaxValue } }) },
                { "dm_opt_out.start.at", OptOut(new() { At = new Timestamp { Nanos = -1 } }) },
                { "dm_opt_out.start.at", OptOut(new() { At = new Timestamp { Nanos = 1_000_000_000 } }) },
                { "dm_opt_out.start.unknown is false", OptOut(new() { Unknown = false }) },
                { "dm_opt_out_lift.evidence_ref", new() { DmOptOutLift = new() } },
                { "dm_opt_out_lift.evidence_ref", new() { DmOptOutLift = new() { EvidenceRef = "   " } } },
                { "dm_opt_out_lift.start.unknown is true", OptOutLift(Unknown) },
                { "use_stop_lift.evidence_ref", new() { UseStopLift = new() } },
                { "provision_stop_lift.evidence_ref", new() { ProvisionStopLift = new() } },
                { "use_stop.purposes is empty", new() { UseStop = new() } },
                { "use_stop.full is true", new() { UseStop = new() { Full = true, Purposes = { V1.Purpose.Survey } } } },
                { "use_stop.purposes[0] is 9", new() { UseStop = new() { Purposes = { (V1.Purpose)9 } } } },
                { "use_stop.purposes[0] is -2147483648", new() { UseStop = new() { Purposes = { (V1.Purpose)int.MinValue } } } },
                { "use_stop_verification.start.unknown", Verification(Unknown) },
                { "provision_stop.vendor_ids is empty", new() { ProvisionStop = new() } },
                { "provision_stop.vendor_ids[0] is \"\"", new() { ProvisionStop = new() { VendorIds = { "" } } } },
                { "provision_stop.vendor_ids is a list of 101", new() { ProvisionStop = new() { VendorIds = { Enumerable.Range(0, 101).Select(i => $"{i}") } } } },
                { "provision_stop.all_vendors is true", new() { ProvisionStop = new() { AllVendors = true, VendorIds = { "V" } } } },
                { "item_stop.items is a list of 0", ItemStop(null) },
                { "item_stop.items[0] is 15", ItemStop(null, (V1.DataItem)15) },
                { "item_stop.items is a list of 1000", ItemStop(null, [.. Enumerable.Repeat(V1.DataItem.Name, 1000)]) },
                { "item_stop_lift.items is a list of 0", ItemStopLift(null) },
                { "item_stop_lift.evidence_ref", new() { ItemStopLift = new() { Items = { V1.DataItem.Name } } } },
                { "survey_opt_in.start.unknown", new() { SurveyOptIn = new() { Start = Unknown } } },
                { "ad_mail_opt_in.channels is a list of 0", new() { AdMailOptIn = new() } },
                { "ad_mail_opt_in.channels[0] is Phone", new() { AdMailOptIn = new() { Channels = { V1.Channel.Phone } } } },
                { "ad_mail_opt_in.evidence_ref", new() { AdMailOptIn = new() { Channels = { V1.Channel.Sms }, EvidenceRef = "\t" } } },
                { "consent.recipient_id is \"\"", ConsentTo(recipient: "") },
                { "consent.method is 0", new() { Consent = new() { RecipientId = "V" } } },
                { "consent.method is 3", new() { Consent = new() { RecipientId = "V", Method = (V1.ConsentMethod)3 } } },
                { "consent.items[0] is 0", new() { Consent = new() { RecipientId = "V", Method = V1.ConsentMethod.Explicit, Items = { (V1.DataItem)0 } } } },
                { "consent.recipient_purposes[1]", new() { Consent = new() { RecipientId = "V", Method = V1.ConsentMethod.Explicit, RecipientPurposes = { "A", "é" } } } },
                { "consent.expires_at", ConsentTo(expires: new Timestamp { Seconds = -99_999_999_999 }) },
                { "consent_withdrawal.recipient_id", Withdrawal(recipient: "") },
                { "consent_withdrawal.granted_at", Withdrawal(granted: new Timestamp { Nanos = -1 }) },
                { "obligation_opening.ref", Opening("") },
                { "obligation_opening.kind is 0", Opening("O", kind: 0) },
                { "obligation_opening.kind is 9", Opening("O", kind: (V1.ObligationKind)9) },
                { "obligation_closing.ref", Closing("") },
                { "policy_acceptance.policy_version", Acceptance("") },
                { "service_use.start.unknown", new() { ServiceUse = new() { Start = Unknown } } },
            };
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(MemberChanges))]
    public void A_change_of_a_member_that_is_malformed_is_refused_by_field(string sentence, V1.MemberChange change) =>
        AssertRefused(sentence, () => WriteShape.RequireMember("M1", [change]));

    public static TheoryData<string, V1.RegisterChange> RegisterChanges => new()
    {
        { "changes[0] is empty", new() },
        { "vendor.id is \"\"", Vendor(vendor => vendor.Id = "") },
        { "vendor.name", Vendor(vendor => vendor.Name = new string('n', 201)) },
        { "vendor.relations[0] is 0", Vendor(vendor => vendor.Relations.Add(V1.VendorRelation.Unspecified)) },
        { "vendor.relations[0] is 4", Vendor(vendor => vendor.Relations.Add((V1.VendorRelation)4)) },
        { "vendor.status is 0", Vendor(vendor => vendor.Status = 0) },
        { "vendor.country is \"Japan\"", Vendor(vendor => vendor.Country = "Japan") },
        { "vendor.country is \"jp\"", Vendor(vendor => vendor.Country = "jp") },
        { "vendor.foreign_basis is 0", Vendor(vendor => vendor.ForeignBasis = 0) },
        { "vendor.foreign_basis is 3", Vendor(vendor => vendor.ForeignBasis = (V1.ForeignBasis)3) },
        { "vendor.supervision_due", Vendor(vendor => vendor.SupervisionDue = new Timestamp { Seconds = long.MinValue }) },
        { "vendor.contracts is a list of 101", Vendor(vendor => vendor.Contracts.Add(Enumerable.Repeat(new V1.Contract(), 101))) },
        { "vendor.contracts[0].to is 2026-01-01T00:00:00Z: a contract must not end before it begins at 2026-01-02", Vendor(vendor =>
            vendor.Contracts.Add(new V1.Contract { From = Time("2026-01-02T00:00:00Z"), To = Time("2026-01-01T00:00:00Z") })) },
        { "vendor.delegations[0].purposes[0] is 99", Vendor(vendor => vendor.Delegations.Add(new V1.Delegation { Purposes = { (V1.Purpose)99 } })) },
        { "vendor.delegations[0].items[0] is 0", Vendor(vendor => vendor.Delegations.Add(new V1.Delegation { Items = { V1.DataItem.Unspecified } })) },
        { "vendor.redelegations[0].parent_id is \"V-1\": a vendor cannot be its own sub-contractor", Vendor(vendor => vendor.Redelegations.Add(new V1.Redelegation { ParentId = "V-1" })) },
        { "vendor.redelegations[0].parent_id is \"\"", Vendor(vendor => vendor.Redelegations.Add(new V1.Redelegation())) },
        { "vendor.redelegations[0].approved_to", Vendor(vendor => vendor.Redelegations.Add(
            new V1.Redelegation { ParentId = "V-2", ApprovedFrom = Time("2026-01-02T00:00:00Z"), ApprovedTo = Time("2026-01-01T00:00:00Z") })) },
        { "policy_version.id", new() { PolicyVersion = new() { Change = V1.PolicyChange.Initial } } },
        { "policy_version.change is 0", new() { PolicyVersion = new() { Id = "v1" } } },
        { "policy_version.purposes[0] is 9", new() { PolicyVersion = new() { Id = "v1", Change = V1.PolicyChange.Initial, Purposes = { (V1.Purpose)9 } } } },
        { "determination.ref", new() { Determination = new() } },
        { "determination.to", new() { Determination = new() { Ref = "D", From = Time("2026-01-02T00:00:00Z"), To = Time("2026-01-01T00:00:00Z") } } },
        { "determination.by", new() { Determination = new() { Ref = "D", By = new string('b', 201) } } },
    };

    [Theory]
    [MemberData(nameof(RegisterChanges))]
    public void An_entry_of_the_register_that_is_malformed_is_refused_by_field(string sentence, V1.RegisterChange change) =>
        AssertRefused(sentence, () => WriteShape.RequireRegister([change]));

    [Theory]
    [InlineData("context.idempotency_key", "", "desk", "")]
    [InlineData("context.idempotency_key", "a\u007f", "desk", "")]
    [InlineData("context.actor", "k", "", "")]
    [InlineData("context.reason", "k", "desk", "\u0001")]
    public void A_context_that_is_malformed_is_refused_by_field(string field, string key, string actor, string reason) =>
        AssertRefused(field, () => WriteShape.RequireContext(new V1.WriteContext { IdempotencyKey = key, Actor = actor, Reason = reason }));

    [Fact]
    public void A_write_has_a_bounded_number_of_changes()
    {
        AssertRefused("changes is a list of 0", () => WriteShape.RequireMember("M1", []));
        AssertRefused("changes is a list of 101", () => WriteShape.RequireMember("M1", [.. Enumerable.Repeat(OptOut(), 101)]));
        AssertRefused("changes is a list of 0", () => WriteShape.RequireRegister([]));
        AssertRefused("changes is a list of 1001", () => WriteShape.RequireRegister([.. Enumerable.Repeat(Vendor(_ => { }), 1001)]));
    }

    [Fact]
    public void A_refusal_names_the_position_of_the_change()
    {
        AssertRefused("changes[2].status.status is 0", () => WriteShape.RequireMember("M1", [OptOut(), OptOut(), Status(0)]));
        AssertRefused("changes[999].vendor.id", () => WriteShape.RequireRegister([.. Enumerable.Repeat(Vendor(_ => { }), 999), Vendor(vendor => vendor.Id = "")]));
    }

    [Fact]
    public void An_id_of_64_bytes_and_a_contract_of_one_instant_are_allowed()
    {
        WriteShape.RequireMember(new string(' ', 64), [OptOut(id: new string('~', 64))]);
        WriteShape.RequireRegister([Vendor(vendor => vendor.Contracts.Add(
            new V1.Contract { From = Time("2026-01-02T00:00:00Z"), To = Time("2026-01-02T00:00:00Z") }))]);
    }

    internal static V1.RegisterChange Vendor(Action<V1.Vendor> alter)
    {
        var vendor = new V1.Vendor { Id = "V-1", Status = V1.VendorStatus.Active };
        alter(vendor);
        return new V1.RegisterChange { Vendor = vendor };
    }

    private static void AssertRefused(string sentence, Action check)
    {
        var error = Assert.Throws<RpcException>(check);
        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Contains(sentence, error.Status.Detail, StringComparison.Ordinal);
    }
}
