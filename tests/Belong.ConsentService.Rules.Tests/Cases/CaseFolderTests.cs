using Belong.ConsentService.Testing.Cases;

namespace Belong.ConsentService.Rules.Tests.Cases;

/// <summary>What a folder of cases may look like beyond that of the spec.</summary>
public sealed class CaseFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cases").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_folder_without_defaults_uses_those_of_the_spec_and_a_file_may_hold_one_case()
    {
        var single = Load("""{"id": "X-1", "unknown": 1, "vendors": {"V-CARRIER": {"country": "US", "color": "red"}}, "request": {"kind": "USE", "caller": "fulfilment", "member_id": "M1", "purposes": [1, 1]}}""");
        Assert.Equal("US", single.Register.FindVendor("V-CARRIER")!.Country);
        Assert.Null(single.Register.FindVendor("V-ESP"));
        Assert.Equal(["USE_PERMITTED"], EvaluatorDoor.Answer(single).Reasons);
    }

    [Theory]
    [InlineData("null", 0)]
    [InlineData("""{"scope": "ALL", "at": "2026-02-01T00:00:00.5+09:00"}""", 1)]
    [InlineData("""[{"scope": "ALL", "at": null}, {"scope": "CHANNELS", "channels": ["EMAIL"]}]""", 2)]
    public void Stops_may_be_none_one_or_many(string value, int count)
    {
        var facts = Load($$"""{"member": {"dm_opt_out": {{value}}, "use_stop": {{value}}, "provision_stop": {{value}}, "ad_mail_opt_in": {{value}} } }""").Member!;
        Assert.Equal([count, count, count, count], [facts.DmOptOuts.Length, facts.UseStops.Length, facts.ProvisionStops.Length, facts.AdMailOptIns.Length]);
    }

    [Theory]
    [InlineData("\"kind\": \"USAGE\"", "kind")]
    [InlineData("\"purposes\": [9]", "purposes")]
    [InlineData("\"purposes\": [\"x\"]", "purposes")]
    [InlineData("\"purposes\": [1.5]", "purposes")]
    [InlineData("\"purposes\": 3", "purposes")]
    [InlineData("\"channel\": \"FAX\"", "channel")]
    [InlineData("\"items\": [\"MY_NUMBER\"]", "items")]
    [InlineData("\"mode\": \"REPLAY\"", "mode")]
    [InlineData("\"at\": \"yesterday\"", "at")]
    [InlineData("\"member_id\": 7", "member_id")]
    [InlineData("\"promotional_content\": \"yes\"", "promotional_content")]
    [InlineData("\"exception_claim\": {\"item\": \"four\"}", "item")]
    public void What_the_types_cannot_hold_is_the_fault_of_the_request(string field, string named)
    {
        var request = Load($$"""{"request": { {{field}} } }""").Request;
        Assert.Equal(named, request.Fault?.Field);
    }

    [Fact]
    public void A_member_may_be_absent_and_is_found_under_its_own_id_only()
    {
        Assert.Null(Load("""{"member": null}""").Member);
        var other = Load("""{"request": {"kind": "USE", "caller": "fulfilment", "member_id": "M2", "purposes": [1]}}""");
        Assert.Equal(["MEMBER_UNKNOWN"], EvaluatorDoor.Answer(other).Reasons);
    }

    [Fact]
    public void A_difference_names_the_field_and_both_values()
    {
        var expected = new CaseDecision { Outcome = "ALLOW", Reasons = ["USE_PERMITTED"], Obligations = ["B", "A"] };
        var actual = new CaseDecision { Outcome = "DENY", Reasons = ["DM_OPTED_OUT"], Obligations = ["A", "B"] };
        Assert.Equal(
            ["outcome: expected ALLOW, got DENY", "reasons: expected [USE_PERMITTED], got [DM_OPTED_OUT]"],
            expected.DifferencesFrom(actual));
    }

    [Fact]
    public void A_case_that_cannot_be_read_is_named()
    {
        var fault = Assert.Throws<InvalidDataException>(() => Load("""{"id": "X-9", "member": {"status": "GONE"}}"""));
        Assert.Contains("X-9", fault.Message, StringComparison.Ordinal);
        Assert.Contains("GONE", fault.Message, StringComparison.Ordinal);
    }

    private DecisionCase Load(string json)
    {
        File.WriteAllText(Path.Combine(_folder, "one.json"), json);
        return Assert.Single(CaseFolder.Load(_folder));
    }
}
