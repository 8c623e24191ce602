using System.Net;
using System.Net.Sockets;
using System.Text;
using Belong.ConsentService.Http;
using Belong.ConsentService.Tests.Access;
using Belong.ConsentService.Tests.Hosting;
using Grpc.Core;

namespace Belong.ConsentService.Tests.Http;

/// <summary>What comes by HTTP and should not: one sentence that names the field, and nothing of the program.</summary>
public sealed class HostileJsonTests(AccessStage stage) : IClassFixture<AccessStage>
{
    private const string Sound = """{"memberId": "M-1", "purposes": ["PURPOSE_SERVICE_DELIVERY"]}""";

    public static TheoryData<string, string> BadBodies => new()
    {
        { "", "body is no JSON from line 1, byte 1 on: a CheckUseRequest in JSON is required, at most 64 deep" },
        { "{", "body is no JSON from line 1, byte 2 on: a CheckUseRequest in JSON is required, at most 64 deep" },
        { "{} {}", "body is no JSON from line 1, byte 4 on: a CheckUseRequest in JSON is required, at most 64 deep" },
        { "null", "body is null: an object is required, a CheckUseRequest" },
        { "[]", "body is a list: an object is required, a CheckUseRequest" },
        { "{\"memberid\": \"M-1\"}", "'memberid' is unknown: memberId, purposes, channel, promotionalContent, obligationRef, inquiryRef, determinationRef, items, options are allowed in CheckUseRequest" },
        { "{\"options\": {\"mode\": \"CHECK_MODE_LIVE\", \"x\\u0007\": 1}}", "options.'x?' is unknown: mode, at, minFactsVersion, explain are allowed in CheckOptions" },
        { "{\"memberId\": null}", "member_id is null: a text is required" },
        { "{\"memberId\": 7}", "member_id is '7': a text is required" },
        { "{\"memberId\": \"a\", \"member_id\": \"b\"}", "member_id is given twice: once is allowed" },
        { "{\"memberId\": \"\\ud800\"}", "member_id is a text that is no Unicode: characters in UTF-8 and whole surrogate pairs are required" },
        { "{\"\\ud800\": 1}", "body is a text that is no Unicode: characters in UTF-8 and whole surrogate pairs are required" },
        { "{\"purposes\": \"PURPOSE_SURVEY\"}", "purposes is 'PURPOSE_SURVEY': a list is required" },
        { "{\"purposes\": [\"PURPOSE_SURVEY\", \"DM\"]}", "purposes[1] is 'DM': one of PURPOSE_SERVICE_DELIVERY, PURPOSE_CONTRACT_AND_BILLING, PURPOSE_DIRECT_MARKETING, PURPOSE_PARTNER_INFORMATION, PURPOSE_SURVEY, PURPOSE_ANALYSIS, PURPOSE_INQUIRY_RESPONSE, PURPOSE_SERVICE_IMPROVEMENT is required" },
        { "{\"purposes\": [1e400]}", "purposes[0] is '1e400': one of PURPOSE_SERVICE_DELIVERY, PURPOSE_CONTRACT_AND_BILLING, PURPOSE_DIRECT_MARKETING, PURPOSE_PARTNER_INFORMATION, PURPOSE_SURVEY, PURPOSE_ANALYSIS, PURPOSE_INQUIRY_RESPONSE, PURPOSE_SERVICE_IMPROVEMENT is required" },
        { "{\"options\": {\"at\": \"yesterday\"}}", "options.at is 'yesterday': an instant such as \"2026-04-01T00:00:00Z\" is required" },
        { "{\"options\": {\"at\": \"0000-01-01T00:00:00Z\"}}", "options.at is '0000-01-01T00:00:00Z': an instant such as \"2026-04-01T00:00:00Z\" is required" },
        { "{\"options\": {\"at\": \"\\ud800\"}}", "options.at is a text that is no Unicode: characters in UTF-8 and whole surrogate pairs are required" },
        { "{\"options\": {\"at\": \"\\\"\"}}", "options.at is '\"': an instant such as \"2026-04-01T00:00:00Z\" is required" },
        { "{\"options\": {\"explain\": \"true\"}}", "options.explain is 'true': true or false is required" },
        { "{\"memberId\": \"a/../b%2e\\u0000\", \"purposes\": [1]}", "member_id is 'a/../b%2e?' (10 bytes): 1 to 64 bytes of printable ASCII are allowed" },
    };

    [Fact]
    public async Task Bodies_that_do_not_fit_are_refused_by_the_name_of_the_field()
    {
        using var json = new JsonClient(await StartAsync());
        foreach (var (body, sentence) in BadBodies.Select(row => ((string)row[0], (string)row[1])))
        {
            Assert.Equal((body, sentence), (body, (await json.PostAsync("/v1/checks/use", body)).Message));
        }
    }

    [Fact]
    public async Task A_list_of_changes_is_judged_as_deep_as_it_goes()
    {
        using var json = new JsonClient(await StartAsync());
        await AssertRefusedAsync(json.PostAsync("/v1/members:record", """{"memberId": "M-1", "changes": [{"dmOptOut": {"start": {"unknown": true, "at": "2026-01-01T00:00:00Z"}}}]}"""),
            "changes[0].dm_opt_out.start.at is given beside another: one of at, unknown is allowed");
        await AssertRefusedAsync(json.PostAsync("/v1/members:record", """{"changes": [{}, {"dmOptOut": {}, "erasure": {}}]}"""),
            "changes[1].erasure is given beside another: one of registration, status, ");
        await AssertRefusedAsync(json.PostAsync("/v1/checks/use", new string('[', 100_000)), "body is no JSON from line 1, byte 65 on");
        await AssertRefusedAsync(json.PostAsync("/v1/checks/use", string.Concat(Enumerable.Repeat("{\"options\":", 1_000))), "body is no JSON from line 1, byte ");
    }

    [Fact]
    public async Task What_is_too_large_is_refused_before_it_is_read()
    {
        using var json = new JsonClient(await StartAsync());
        await AssertRefusedAsync(json.PostAsync("/v1/checks/use", new string(' ', JsonBody.MaxSingleBytes + 1)), "body is 262145 bytes: at most 262144 are allowed at this path");
        await AssertRefusedAsync(json.PostAsync("/v1/checks:batch", new string(' ', 5_000_000)), "body is 5000000 bytes: at most 4194304 are allowed at this path");
        // In pieces of which none says how many there are.
        using var stream = new StreamContent(new Pipe(JsonBody.MaxSingleBytes + 1));
        stream.Headers.ContentType = new("application/json");
        await AssertRefusedAsync(json.PostAsync("/v1/checks/use", stream), "body is more than 262144 bytes: at most 262144 are allowed at this path");
        Assert.Equal("OUTCOME_ALLOW", (await json.PostAsync("/v1/checks/use", Sound)).Outcome);
    }

    [Fact]
    public async Task Only_JSON_in_a_plain_body_is_read()
    {
        using var json = new JsonClient(await StartAsync());
        await AssertRefusedAsync(json.PostAsync("/v1/checks/use", new StringContent(Sound, Encoding.UTF8, "text/plain")), "content-type is 'text/plain; charset=utf-8': application/json in UTF-8 is required");
        await AssertRefusedAsync(json.PostAsync("/v1/checks/use", new StringContent(Sound, Encoding.Unicode, "application/json")), "content-type is 'application/json; charset=utf-16': application/json in UTF-8 is required");
        await AssertRefusedAsync(json.PostAsync("/v1/checks/use", (HttpContent?)null), "content-type is '': application/json in UTF-8 is required");
        var packed = new StringContent(Sound, Encoding.UTF8, "application/json");
        packed.Headers.ContentEncoding.Add("gzip");
        await AssertRefusedAsync(json.PostAsync("/v1/checks/use", packed), "content-encoding is 'gzip': none is allowed");
        var invalid = new ByteArrayContent([(byte)'"', 0xFF, (byte)'"']);
        invalid.Headers.ContentType = new("application/json");
        await AssertRefusedAsync(json.PostAsync("/v1/checks/use", invalid), "body is a text that is no Unicode: ");
        await AssertRefusedAsync(json.SendAsync(HttpMethod.Get, "/v1/server-info", new StringContent("{}", Encoding.UTF8, "application/json")), "body is given: none is allowed at this path");
    }

    [Fact]
    public async Task Paths_methods_and_queries_are_those_of_the_contract()
    {
        using var json = new JsonClient(await StartAsync());
        var method = await json.GetAsync("/v1/checks/use");
        Assert.Equal((HttpStatusCode.MethodNotAllowed, "method is 'GET': POST is required at /v1/checks/use"), (method.Status, method.Message));
        var query = await json.PostAsync("/v1/checks/use?memberId=M-1", Sound);
        Assert.Equal((HttpStatusCode.BadRequest, "query is '?memberId=M-1': none is allowed, as what is asked stands in the body"), (query.Status, query.Message));
        var id = await json.PostAsync("/v1/members/M-1%2F..%2F:get", "{}");
        Assert.Equal(HttpStatusCode.NotFound, id.Status);
    }

    [Fact]
    public async Task Without_grants_a_page_of_another_name_is_not_answered()
    {
        using var json = new JsonClient(await StartAsync());
        var refused = await json.SendAsync(HttpMethod.Post, "/v1/checks/use", new StringContent(Sound, Encoding.UTF8, "application/json"), ("Host", "attacker.example:80"));
        Assert.Equal((HttpStatusCode.Forbidden, "host is 'attacker.example:80': without grants localhost or a loopback address is allowed"), (refused.Status, refused.Message));
        Assert.Equal("OUTCOME_ALLOW", (await json.SendAsync(HttpMethod.Post, "/v1/checks/use", new StringContent(Sound, Encoding.UTF8, "application/json"), ("Host", "[::1]:5082"))).Outcome);
    }

    [Fact]
    public async Task Nothing_of_it_fills_the_log_or_stays_behind()
    {
        var instance = await StartAsync();
        var warned = stage.Stage.Warnings.Without().Count;
        using var json = new JsonClient(instance);
        foreach (var body in BadBodies.Select(row => (string)row[0]))
        {
            var answer = await json.PostAsync("/v1/checks/use", body);
            Assert.Equal((HttpStatusCode.BadRequest, (int)StatusCode.InvalidArgument, "REQUEST_MALFORMED"), (answer.Status, answer.Code, answer.Reason));
            Assert.DoesNotContain("Belong.Consent", answer.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", answer.Text, StringComparison.Ordinal);
        }

        // A caller that goes away in the middle of its body, and bytes that are no HTTP.
        foreach (var bytes in new[] { "POST /v1/checks/use HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{", "\0\0\0garbage\r\n\r\n" })
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, JsonClient.AddressOf(instance).Port);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(bytes));
        }

        await Waiting.UntilAsync(async () => await AccessStage.ReadMetricAsync(instance, "consent_in_flight{limit=\"checks\"}") == 0);
        Assert.Equal("OUTCOME_ALLOW", (await json.PostAsync("/v1/checks/use", Sound)).Outcome);
        Assert.Equal(warned, stage.Stage.Warnings.Without().Count);
    }

    private static async Task AssertRefusedAsync(Task<JsonAnswer> asked, string sentence)
    {
        var answer = await asked;
        Assert.StartsWith(sentence, answer.Message, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.BadRequest, (int)StatusCode.InvalidArgument), (answer.Status, answer.Code));
    }

    private Task<ServiceInstance> StartAsync() => stage.StartAsync(settings => settings.Listen.HttpPort = 0);

    /// <summary>Blanks of which the length is not known before.</summary>
    private sealed class Pipe(int length) : MemoryStream(Encoding.ASCII.GetBytes(new string(' ', length)))
    {
        public override bool CanSeek => false;
    }
}
