using System.Text.Json.Nodes;
using Belong.Consent.V1;
using Belong.ConsentService.Cli.Records;
using Google.Protobuf;

namespace Belong.ConsentService.Cli.Tests;

public class RecordCommandTests
{
    private const string Who = "--actor desk --reason test --key-id K-1";

    [Theory]
    [InlineData("registration --policy-version v1", """{"registration":{"acquiredPolicyVersion":"v1"}}""")]
    [InlineData("status --status withdrawn --at 2026-02-01", """{"status":{"status":"MEMBER_STATUS_WITHDRAWN","start":{"at":"2026-02-01T00:00:00Z"}}}""")]
    [InlineData("erasure", """{"erasure":{}}""")]
    [InlineData("dm-opt-out --channel email,sms --record R --received-via PHONE --identity-verified", """{"dmOptOut":{"recordId":"R","channels":["CHANNEL_EMAIL","CHANNEL_SMS"],"receivedVia":"PHONE","identityVerified":true}}""")]
    [InlineData("dm-opt-out --all --at-unknown", """{"dmOptOut":{"allChannels":true,"start":{"unknown":true}}}""")]
    [InlineData("dm-opt-out-lift --record R --evidence E", """{"dmOptOutLift":{"recordId":"R","evidenceRef":"E"}}""")]
    [InlineData("use-stop --purpose 3,4 --verified", """{"useStop":{"purposes":[3,4],"verified":true}}""")]
    [InlineData("use-stop --full", """{"useStop":{"full":true}}""")]
    [InlineData("use-stop-verification --record R", """{"useStopVerification":{"recordId":"R"}}""")]
    [InlineData("use-stop-lift --evidence E", """{"useStopLift":{"evidenceRef":"E"}}""")]
    [InlineData("provision-stop --vendor V-PARTNER", """{"provisionStop":{"vendorIds":["V-PARTNER"]}}""")]
    [InlineData("provision-stop-lift --evidence E", """{"provisionStopLift":{"evidenceRef":"E"}}""")]
    [InlineData("item-stop --item birth-date", """{"itemStop":{"items":["DATA_ITEM_BIRTH_DATE"]}}""")]
    [InlineData("item-stop-lift --item birth-date --evidence E", """{"itemStopLift":{"items":["DATA_ITEM_BIRTH_DATE"],"evidenceRef":"E"}}""")]
    [InlineData("survey-opt-in --at 2026-02-01", """{"surveyOptIn":{"start":{"at":"2026-02-01T00:00:00Z"}}}""")]
    [InlineData("ad-mail-opt-in --channel email --evidence E", """{"adMailOptIn":{"channels":["CHANNEL_EMAIL"],"evidenceRef":"E"}}""")]
    [InlineData("ad-mail-opt-in-revocation", """{"adMailOptInRevocation":{}}""")]
    [InlineData("consent --recipient V --recipient-purpose SERVICE_LINK --item name --method explicit --expires-at 2027-01-01 --foreign-info-given", """{"consent":{"recipientId":"V","recipientPurposes":["SERVICE_LINK"],"items":["DATA_ITEM_NAME"],"method":"CONSENT_METHOD_EXPLICIT","expiresAt":"2027-01-01T00:00:00Z","foreignInfoGiven":true}}""")]
    [InlineData("consent-withdrawal --recipient V --granted-at 2026-01-01", """{"consentWithdrawal":{"recipientId":"V","grantedAt":"2026-01-01T00:00:00Z"}}""")]
    [InlineData("obligation-opening --ref INV-1 --kind billing", """{"obligationOpening":{"ref":"INV-1","kind":"OBLIGATION_KIND_BILLING"}}""")]
    [InlineData("obligation-closing --ref INV-1", """{"obligationClosing":{"ref":"INV-1"}}""")]
    [InlineData("policy-acceptance --policy-version v2", """{"policyAcceptance":{"policyVersion":"v2"}}""")]
    [InlineData("service-use", """{"serviceUse":{}}""")]
    public async Task A_change_is_recorded_as_said(string command, string expected)
    {
        await using var service = await FakeService.StartAsync();

        var run = await Tool.RunAsync($"record {command} --member M1 {Who}", service.Address);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(
            new RecordMemberRequest
            {
                Context = new() { IdempotencyKey = "K-1", Actor = "desk", Reason = "test" },
                MemberId = "M1",
                Changes = { JsonParser.Default.Parse<MemberChange>(expected) },
            },
            service.Script.Requests.Single());
    }

    [Fact]
    public void Every_change_of_the_contract_has_a_command()
    {
        var contract = MemberChange.Descriptor.Fields.InFieldNumberOrder().Select(field => field.Name.Replace('_', '-'));

        Assert.Equal(contract.Order(), ChangeKind.All.Select(kind => kind.Name).Order());
    }

    [Fact]
    public async Task Key_and_token_are_printed()
    {
        await using var service = await FakeService.StartAsync();

        var run = await Tool.RunAsync($"record service-use --member M1 {Who}", service.Address);

        Assert.Equal("Recorded: service-use of M1 (member version 7)\n  key    K-1\n  token  TOKEN  (check … --min-facts-version)\n", run.Output);
    }

    [Fact]
    public async Task A_key_that_is_left_out_is_made_up_and_printed()
    {
        await using var service = await FakeService.StartAsync();

        var run = await Tool.RunAsync("record service-use --member M1 --actor desk --json", service.Address);

        var key = ((RecordMemberRequest)service.Script.Requests.Single()).Context.IdempotencyKey;
        Assert.Equal(32, key.Length);
        Assert.Equal(key, (string?)JsonNode.Parse(run.Output)!["idempotencyKey"]);
    }

    [Theory]
    [InlineData("record dm-opt-out --member M1 --actor a", "Give either --all or --channel.")]
    [InlineData("record dm-opt-out --member M1 --actor a --all --channel sms", "Give either --all or --channel.")]
    [InlineData("record service-use --member M1 --actor a --at 2026-01-01 --at-unknown", "Give --at or --at-unknown, not both.")]
    [InlineData("record service-use --member M1", "Say who records it: --actor, or CONSENT_ACTOR.")]
    [InlineData("record vendor --actor a --file /no/such/file", "/no/such/file")]
    public async Task What_makes_no_sense_is_refused_before_anything_is_sent(string command, string sentence)
    {
        await using var service = await FakeService.StartAsync();

        var run = await Tool.RunAsync(command, service.Address);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(sentence, run.Error, StringComparison.Ordinal);
        Assert.Empty(service.Script.Requests);
    }

    [Theory]
    [InlineData("vendor", """{"id":"V-CARRIER","status":"VENDOR_STATUS_ACTIVE"}""", "V-CARRIER")]
    [InlineData("policy-version", """{"id":"v2"}""", "v2")]
    [InlineData("determination", """{"ref":"D-1"}""", "D-1")]
    public async Task An_entry_of_the_register_is_read_from_proto_JSON(string kind, string json, string id)
    {
        await using var service = await FakeService.StartAsync();

        var run = await Tool.RunAsync($"record {kind} --file - {Who}", service.Address, json);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains(id, ((RecordRegisterRequest)service.Script.Requests.Single()).Changes.Single().ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broken_entry_is_named()
    {
        var run = await Tool.RunAsync($"record vendor --file - {Who}", input: """{"idd":"V"}""");

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith("- is not a vendor in proto JSON: ", run.Error, StringComparison.Ordinal);
    }
}
