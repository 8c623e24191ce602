using System.Text.Json.Nodes;
using Belong.Consent.V1;
using Belong.ConsentService.Cli.Arguments;

namespace Belong.ConsentService.Cli.Tests;

public class CheckCommandTests
{
    private const string Use = "check use --member M1 --purpose 3 --channel postal";

    [Theory]
    [InlineData(Outcome.Allow, 0)]
    [InlineData(Outcome.AllowPartial, 3)]
    [InlineData(Outcome.Deny, 4)]
    [InlineData(Outcome.Unspecified, 1)]
    [InlineData((Outcome)77, 1)]
    public async Task The_outcome_is_the_exit_code_and_only_ALLOW_is_0(Outcome outcome, int exitCode)
    {
        await using var service = await FakeService.StartAsync();
        service.Script.Decision = new Decision { Outcome = outcome, Reasons = { ReasonCode.UsePermitted } };

        Assert.Equal(exitCode, (await Tool.RunAsync(Use, service.Address)).ExitCode);
        Assert.Equal(exitCode, (await Tool.RunAsync($"{Use} --json", service.Address)).ExitCode);
    }

    [Fact]
    public async Task A_use_is_asked_with_all_that_the_command_line_says()
    {
        await using var service = await FakeService.StartAsync();
        service.Script.Decision = Examples.Allow();

        await Tool.RunAsync(
            "check use --member M1 --purpose 3,4 --purpose 7 --channel app-message --promotional --obligation-ref O-1 --inquiry-ref I-1 "
            + "--determination-ref D-1 --audit-at 2026-02-01T09:00:00+09:00 --min-facts-version TOKEN --key SECRET",
            service.Address);

        var request = (CheckUseRequest)service.Script.Requests.Single();
        Assert.Equal([Purpose.DirectMarketing, Purpose.PartnerInformation, Purpose.InquiryResponse], request.Purposes);
        Assert.Equal(("M1", Channel.AppMessage, true), (request.MemberId, request.Channel, request.PromotionalContent));
        Assert.Equal(("O-1", "I-1", "D-1"), (request.ObligationRef, request.InquiryRef, request.DeterminationRef));
        Assert.Equal((CheckMode.Audit, "TOKEN", true), (request.Options.Mode, request.Options.MinFactsVersion, request.Options.Explain));
        Assert.Equal("2026-02-01T00:00:00Z", Times.Of(request.Options.At));
        Assert.Equal("Bearer SECRET", service.Script.Keys.Single());
    }

    [Fact]
    public async Task What_is_left_out_is_not_sent()
    {
        await using var service = await FakeService.StartAsync();
        service.Script.Decision = Examples.Allow();

        await Tool.RunAsync("check disclosure --member M1 --recipient V-CARRIER", service.Address);

        var request = (CheckDisclosureRequest)service.Script.Requests.Single();
        Assert.False(request.HasCapacity || request.HasChannel || request.Options.HasMode);
        Assert.Null(request.ExceptionClaim);
        Assert.Equal("", service.Script.Keys.Single());
    }

    [Fact]
    public async Task An_exception_is_claimed_for_a_third_party_with_its_assertions()
    {
        await using var service = await FakeService.StartAsync();
        service.Script.Decision = Examples.Allow();

        await Tool.RunAsync(
            "check disclosure --member M1 --recipient \"District Court\" --item name --item birth-date --exception-item 4 --warrant W-1 "
            + "--issuing-court Court --issued-at 2026-02-01 --scope \"name only\" --approver A-1 --privacy-approval P-1",
            service.Address);

        var request = (CheckDisclosureRequest)service.Script.Requests.Single();
        Assert.Equal((Capacity.ThirdParty, "District Court"), (request.Capacity, request.RecipientId));
        Assert.Equal([DataItem.Name, DataItem.BirthDate], request.Items);
        Assert.Equal(
            new ExceptionClaim
            {
                Item = 4,
                WarrantRef = "W-1",
                IssuingCourt = "Court",
                IssuedAt = new() { Seconds = 1769904000 },
                ScopeStatement = "name only",
                ApproverId = "A-1",
                PrivacyApprovalRef = "P-1",
            },
            request.ExceptionClaim);
    }

    [Fact]
    public async Task Anonymised_data_are_asked_for_without_a_member()
    {
        await using var service = await FakeService.StartAsync();
        service.Script.Decision = Examples.Allow();

        await Tool.RunAsync("check anonymized --item age --certified --method server-upload --dataset DS-1 --purpose 6", service.Address);

        var request = (CheckAnonymizedProvisionRequest)service.Script.Requests.Single();
        Assert.Equal(new Dataset { Id = "DS-1", CertifiedAnonymous = true, Method = "SERVER_UPLOAD" }, request.Dataset);
        Assert.Equal("", request.MemberId);
    }

    [Fact]
    public async Task As_JSON_the_answer_is_that_of_the_service()
    {
        await using var service = await FakeService.StartAsync();
        service.Script.Decision = Examples.Denial();

        var run = await Tool.RunAsync($"{Use} --json", service.Address);

        var decision = JsonNode.Parse(run.Output)!["decision"]!;
        Assert.Equal("OUTCOME_DENY", (string?)decision["outcome"]);
        Assert.Equal("REASON_CODE_DM_OPTED_OUT", (string?)decision["reasons"]![0]);
        Assert.Equal("ダイレクトメール等", (string?)decision["explanations"]![0]!["labelJa"]);
        Assert.False((bool?)decision["retryable"]);
    }

    [Theory]
    [InlineData("check use --member M1 --purpose 9 --channel postal", "--purpose is '9': must be a number from 1 to 8")]
    [InlineData("check use --member M1 --purpose 3,x", "--purpose is 'x': must be a number from 1 to 8")]
    [InlineData("check use --member M1 --purpose 3 --channel pigeon", "--channel is 'pigeon': must be one of POSTAL, EMAIL, SMS, PHONE, APP_MESSAGE.")]
    [InlineData("check use --member M1 --purpose 3 --audit-at yesterday", "--audit-at is 'yesterday': must be an instant such as")]
    [InlineData("check use --purpose 3", "--member")]
    [InlineData("check use --member M1 --purpose 3 --timeout 0", "--timeout must be above 0")]
    [InlineData("check disclosure --member M1 --recipient V --warrant W-1", "--warrant belongs to an exception of §4: give --exception-item too.")]
    [InlineData("check use --member M1 --purpose 3 --address localhost", "--address is 'localhost': must be a URL")]
    [InlineData("chekc", "chekc")]
    public async Task Bad_use_is_named_and_ends_with_2(string commandLine, string sentence)
    {
        var run = await Tool.RunAsync(commandLine);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(sentence, run.Error, StringComparison.Ordinal);
        Assert.Equal("", run.Output);
    }

    [Fact]
    public async Task An_id_may_begin_with_an_at_sign()
    {
        await using var service = await FakeService.StartAsync();
        service.Script.Decision = Examples.Allow();

        var run = await Tool.RunAsync("check use --member @M1 --purpose 1", service.Address);

        Assert.Equal(0, run.ExitCode);
        Assert.Equal("@M1", ((CheckUseRequest)service.Script.Requests.Single()).MemberId);
    }

    [Fact]
    public async Task Help_tells_every_exit_code()
    {
        var help = await Tool.RunAsync("--help");

        Assert.All(
            typeof(ExitCode).GetFields().Select(field => field.GetRawConstantValue()),
            code => Assert.Matches($"\n +{code}  [^ ]", help.Output));
    }

    [Theory]
    [InlineData("--help", "Exit codes:")]
    [InlineData("check use --help", "Only 0 lets everything go.")]
    [InlineData("record vendor --help", "VENDOR_RELATION_CONTRACTOR")]
    [InlineData("import --help", "\"memberId\"")]
    public async Task Help_shows_examples_and_exit_codes(string commandLine, string text)
    {
        var run = await Tool.RunAsync(commandLine);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains(text, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_from_the_environment_is_sent_and_never_shown()
    {
        await using var service = await FakeService.StartAsync();
        service.Script.Decision = Examples.Allow();
        var environment = new Dictionary<string, string> { ["CONSENT_KEY"] = "SECRET" };

        await Tool.RunAsync(Use, service.Address, environment: environment);
        var help = await Tool.RunAsync("check use --help", environment: environment);

        Assert.Equal("Bearer SECRET", service.Script.Keys.Single());
        Assert.DoesNotContain("SECRET", help.Output, StringComparison.Ordinal);
    }
}
