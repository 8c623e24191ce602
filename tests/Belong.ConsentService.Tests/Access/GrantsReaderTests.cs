using System.Text;
using Belong.Consent.V1;
using Belong.ConsentService.Access;
using Belong.ConsentService.Access.Grants;
using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Tests.Access;

/// <summary>A document of grants is taken whole or not at all, and what is wrong with it is said at once.</summary>
public sealed class GrantsReaderTests
{
    private const string Key = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    private const string Sound = $$"""{"version": 7, "callers": [{"name": "shop", "keys_sha256": ["{{Key}}"], "rpcs": ["CheckUse"] }]}""";

    [Fact]
    public void What_is_written_is_granted_and_nothing_else()
    {
        var grants = Read($$"""
            // The shop.
            {"version": 7, "callers": [{
              "name": "shop", "keys_sha256": ["{{Key.ToUpperInvariant()}}"], "certificate_names": ["dns:Shop.Example", "uri:spiffe://x/shop"],
              "jwt_subjects": ["shop-1"], "rpcs": ["CheckUse", "RecordMember"], "kinds": ["USE"], "purposes": [1, 2], "vendors": ["V-1"],
              "may_record": ["dm_opt_out"], "max_batch_checks": 5, "checks_per_second": 10, "registry_calls_per_second": 2,
            }]}
            """);
        Assert.Equal((7, 1), (grants.Version, grants.CallerCount));
        var shop = grants.FindByKey(Convert.FromHexString(Key))!;
        Assert.All(
            new[] { grants.FindBySubject("shop-1"), grants.FindByCertificate(["dns:shop.example"]), grants.FindByCertificate(["dns:other", "uri:spiffe://x/shop"]), grants.Find("shop") },
            caller => Assert.Same(shop, caller));
        Assert.Null(grants.FindBySubject("Shop-1"));
        Assert.Null(grants.FindByCertificate(["uri:spiffe://X/shop"]));
        Assert.Null(grants.FindByKey(new byte[32]));
        Assert.Equal([Rpc.CheckUse, Rpc.RecordMember], Enum.GetValues<Rpc>().Where(shop.Rpcs.Contains));
        Assert.Equal(Grant.For([Rules.Kind.Use], PurposeSet.Of([Rules.Purpose.ServiceDelivery, Rules.Purpose.ContractAndBilling]), false), shop.Grant);
        Assert.True(shop.Vendors.Contains("V-1"));
        Assert.False(shop.Vendors.Contains("V-2"));
        Assert.Equal(["dm_opt_out"], shop.Facts.Granted);
        Assert.True(shop.Facts.Contains(MemberChange.ChangeOneofCase.DmOptOut));
        Assert.False(shop.Facts.Contains(MemberChange.ChangeOneofCase.DmOptOutLift));
        Assert.Equal((5, 10, 2), (shop.MaxBatchChecks, shop.CheckRate!.PerSecond, shop.RegistryRate!.PerSecond));
    }

    [Fact]
    public void Nothing_is_granted_that_is_left_out()
    {
        var shop = Read(Sound).Find("shop")!;
        Assert.Equal(Grant.For([], PurposeSet.Of([]), false), shop.Grant);
        Assert.Empty(shop.Facts.Granted);
        Assert.False(shop.Vendors.Contains("V-1"));
        Assert.Null(shop.CheckRate);
    }

    [Fact]
    public void A_star_stands_for_all()
    {
        var desk = GrantsReader.Read(WrittenGrants.Bytes(1, WrittenGrants.Everything("desk", "k")), TimeProvider.System).Find("desk")!;
        Assert.Equal(RpcSet.All, desk.Rpcs);
        Assert.Equal(FactSet.Names, desk.Facts.Granted);
        Assert.All(Enum.GetValues<MemberChange.ChangeOneofCase>().Skip(1), change => Assert.True(desk.Facts.Contains(change)));
        Assert.All(Enum.GetValues<RegisterChange.ChangeOneofCase>().Skip(1), change => Assert.True(desk.Facts.Contains(change)));
        Assert.True(desk.Vendors.Contains("V-anything"));
    }

    [Fact]
    public void A_rate_that_stays_the_same_does_not_begin_anew()
    {
        var rated = Sound.Replace("\"rpcs\"", "\"checks_per_second\": 5, \"registry_calls_per_second\": 6, \"rpcs\"", StringComparison.Ordinal);
        var before = Read(rated);
        var after = GrantsReader.Read(Encoding.UTF8.GetBytes(rated.Replace("6,", "7,", StringComparison.Ordinal)), TimeProvider.System, before);
        Assert.Same(before.Find("shop")!.CheckRate, after.Find("shop")!.CheckRate);
        Assert.NotSame(before.Find("shop")!.RegistryRate, after.Find("shop")!.RegistryRate);
    }

    [Theory]
    [InlineData("\"version\": 7", "\"version\": 0", "version is 0: a whole number above 0 is required")]
    [InlineData("\"version\": 7,", "", "version is 0")]
    [InlineData("\"version\": 7", "\"version\": 7, \"version\": 8", "the grants cannot be read at $")]
    [InlineData("\"version\": 7", "\"version\": \"7\"", "the grants cannot be read at $.version (line 1)")]
    [InlineData("\"rpcs\"", "\"rcps\"", "the grants cannot be read at $.callers[0].rcps")]
    [InlineData("\"name\": \"shop\"", "\"name\": \"a b\"", "callers[0].name is 'a b': 1 to 64 letters")]
    [InlineData("\"name\": \"shop\"", "\"name\": null", "callers[0] is or holds null")]
    [InlineData("\"CheckUse\"", "null", "callers[0] is or holds null")]
    [InlineData("\"CheckUse\"", "\"checkuse\"", "callers[0].rpcs is 'checkuse': \"*\" alone, or CheckUse, CheckDisclosure")]
    [InlineData("\"CheckUse\"", "\"*\", \"CheckUse\"", "callers[0].rpcs is '*'")]
    [InlineData("\"CheckUse\"", "\"0\"", "callers[0].rpcs is '0'")]
    [InlineData(Key, "abc", "callers[0].keys_sha256 holds a value of 3 characters: the 64 hex digits")]
    [InlineData("\"rpcs\"", "\"kinds\": [\"use\"], \"rpcs\"", "callers[0].kinds is 'use': USE, CONTRACTOR, THIRD_PARTY, ANONYMIZED")]
    [InlineData("\"rpcs\"", "\"kinds\": [\"*\"], \"rpcs\"", "callers[0].kinds is '*'")]
    [InlineData("\"rpcs\"", "\"purposes\": [9], \"rpcs\"", "callers[0].purposes is 9: 1 to 8")]
    [InlineData("\"rpcs\"", "\"may_record\": [\"dm\"], \"rpcs\"", "callers[0].may_record is 'dm': \"*\" alone, or registration, status")]
    [InlineData("\"rpcs\"", "\"vendors\": [\"\"], \"rpcs\"", "callers[0].vendors is ''")]
    [InlineData("\"rpcs\"", "\"certificate_names\": [\"shop.example\"], \"rpcs\"", "callers[0].certificate_names is 'shop.example': dns:NAME or uri:URI")]
    [InlineData("\"rpcs\"", "\"certificate_names\": [\"dns:*.example\"], \"rpcs\"", "callers[0].certificate_names is 'dns:*.example'")]
    [InlineData("\"rpcs\"", "\"jwt_subjects\": [\"\"], \"rpcs\"", "callers[0].jwt_subjects is ''")]
    [InlineData("\"rpcs\"", "\"max_batch_checks\": 10001, \"rpcs\"", "callers[0].max_batch_checks is 10001: 1 to 10000")]
    [InlineData("\"rpcs\"", "\"checks_per_second\": 0, \"rpcs\"", "callers[0].checks_per_second is 0: 1 to 10000000")]
    [InlineData("\"rpcs\"", "\"registry_calls_per_second\": -1, \"rpcs\"", "callers[0].registry_calls_per_second is -1")]
    [InlineData("[{", "[null, {", "callers[0] is or holds null")]
    public void Each_fault_is_named(string sound, string faulty, string sentence) =>
        Assert.Contains(Errors(Sound.Replace(sound, faulty, StringComparison.Ordinal)), error => error.StartsWith(sentence, StringComparison.Ordinal));

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"version\": 1, \"callers\": []}")]
    [InlineData("{\"version\": 1, \"callers\": null}")]
    [InlineData("{\"version\": 1, \"callers\": [{\"name\": \"a\"}]}")]
    [InlineData("{\"version\": 1} {")]
    public void What_grants_nobody_anything_is_no_grants(string json) => Assert.NotEmpty(Errors(json));

    [Fact]
    public void A_credential_is_of_one_caller_and_no_key_is_shown()
    {
        var twice = $$"""
            {"version": 1, "callers": [
              {"name": "a", "keys_sha256": ["{{Key}}"], "jwt_subjects": ["s"], "certificate_names": ["dns:x"], "rpcs": []},
              {"name": "A", "keys_sha256": ["{{Key.ToUpperInvariant()}}"], "jwt_subjects": ["s"], "certificate_names": ["dns:X"], "rpcs": []}]}
            """;
        var errors = Errors(twice);
        Assert.Equal(4, errors.Count);
        Assert.All(errors, error => Assert.EndsWith("stands at callers[0] already: each may stand once", error, StringComparison.Ordinal));
        Assert.DoesNotContain(errors, error => error.Contains(Key, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void A_document_has_a_limit() =>
        Assert.StartsWith("the grants have 4194305 bytes: at most 4194304", Assert.Single(Errors(new string(' ', GrantsReader.MaxBytes + 1))), StringComparison.Ordinal);

    private static CallerGrants Read(string json) => GrantsReader.Read(Encoding.UTF8.GetBytes(json), TimeProvider.System);

    private static IReadOnlyList<string> Errors(string json) => Assert.Throws<InvalidGrantsException>(() => Read(json)).Errors;
}
