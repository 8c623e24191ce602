using System.Net;
using System.Text.Json.Nodes;
using Belong.ConsentService.Http;
using Belong.ConsentService.Tests.Access;
using Belong.ConsentService.Tests.Hosting;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using static Belong.ConsentService.Tests.Registry.Changes;

namespace Belong.ConsentService.Tests.Http;

/// <summary>Checks, batches and records by HTTP and JSON against the real service, and which port answers what.</summary>
public sealed class JsonDoorTests(AccessStage stage) : IClassFixture<AccessStage>
{
    private const string Use = """{"memberId": "M-1", "purposes": ["PURPOSE_DIRECT_MARKETING"], "channel": "CHANNEL_POSTAL"}""";

    [Fact]
    public async Task A_record_bites_in_the_next_check()
    {
        var instance = await StartAsync();
        using var json = new JsonClient(instance);
        await instance.RecordAsync("M-json", Registration());
        var before = await json.PostAsync("/v1/checks/use", Use.Replace("M-1", "M-json", StringComparison.Ordinal));
        Assert.Equal((HttpStatusCode.OK, "OUTCOME_ALLOW"), (before.Status, before.Outcome));
        Assert.Equal("no-store", before.Headers.CacheControl!.ToString());

        var recorded = await json.PostAsync("/v1/members:record", """
            {"context": {"idempotencyKey": "letter-1", "actor": "desk", "reason": "手紙で"}, "memberId": "M-json",
             "changes": [{"dmOptOut": {"allChannels": true}}]}
            """);
        Assert.Equal(HttpStatusCode.OK, recorded.Status);
        // 64 bits do not fit a number of JSON.
        Assert.Equal("2", (string?)recorded.Body!["memberVersion"]);
        var after = await json.PostAsync("/v1/checks/use", $$"""
            {"memberId": "M-json", "purposes": ["PURPOSE_DIRECT_MARKETING"], "channel": "CHANNEL_POSTAL",
             "options": {"explain": true, "minFactsVersion": "{{recorded.Body["factsVersion"]}}"} }
            """);
        Assert.Equal("OUTCOME_DENY", after.Outcome);
        Assert.Equal("REASON_CODE_DM_OPTED_OUT", (string?)after.Body!["decision"]!["reasons"]![0]);
        Assert.Contains("ダイレクトメール", after.Text, StringComparison.Ordinal);

        var member = await json.PostAsync("/v1/members:get", """{"memberId": "M-json"}""");
        Assert.True((bool)member.Body!["member"]!["dmOptOuts"]![0]!["optOut"]!["allChannels"]!);
        var history = await json.PostAsync("/v1/members:history", """{"memberId": "M-json"}""");
        Assert.Equal("手紙で", (string?)history.Body!["entries"]![1]!["reason"]);
    }

    [Fact]
    public async Task A_batch_is_answered_in_order_and_one_fault_stays_its_own()
    {
        using var json = new JsonClient(await StartAsync());
        var answer = await json.PostAsync("/v1/checks:batch", """
            {"defaults": {"purposes": ["PURPOSE_SERVICE_DELIVERY"]},
             "checks": [{"correlationId": "a", "use": {"memberId": "M-1"}}, {"correlationId": "b", "use": {"memberId": "nobody"}},
                        {"correlationId": "c", "use": {"member_id": "M-1", "purposes": [99]}}]}
            """);
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        var answers = answer.Body!["answers"]!.AsArray();
        Assert.Equal(["a", "b", "c"], answers.Select(one => (string?)one!["correlationId"]));
        Assert.Equal("OUTCOME_ALLOW", (string?)answers[0]!["decision"]!["outcome"]);
        Assert.Equal("REASON_CODE_MEMBER_UNKNOWN", (string?)answers[1]!["decision"]!["reasons"]![0]);
        Assert.Equal("purposes[0] is 99: 1 to 8 of §3 are allowed", (string?)answers[2]!["refusal"]!["message"]);
    }

    [Fact]
    public async Task What_the_service_refuses_is_told_in_the_same_sentence()
    {
        var instance = await StartAsync();
        using var json = new JsonClient(instance);
        var refused = await json.PostAsync("/v1/checks/use", """{"memberId": "M-1", "purposes": ["PURPOSE_DIRECT_MARKETING"]}""");
        var grpc = await Assert.ThrowsAsync<RpcException>(async () => await instance.Checks.CheckUseAsync(new() { MemberId = "M-1", Purposes = { Consent.V1.Purpose.DirectMarketing } }));
        Assert.Equal((HttpStatusCode.BadRequest, (int)StatusCode.InvalidArgument, grpc.Status.Detail, "REQUEST_MALFORMED"), (refused.Status, refused.Code, refused.Message, refused.Reason));
        Assert.Equal("channel", (string?)refused.Body!["details"]![1]!["fieldViolations"]![0]!["field"]);

        var taken = await json.PostAsync("/v1/members:record", """{"context": {"idempotencyKey": "again", "actor": "desk"}, "memberId": "M-1", "changes": [{"registration": {}}]}""");
        Assert.Equal((HttpStatusCode.Conflict, (int)StatusCode.AlreadyExists), (taken.Status, taken.Code));
        var absent = await json.PostAsync("/v1/members:get", """{"memberId": "nobody"}""");
        Assert.Equal((HttpStatusCode.NotFound, (int)StatusCode.NotFound), (absent.Status, absent.Code));
    }

    [Fact]
    public async Task Calls_are_counted_by_RPC_and_exact_status()
    {
        var instance = await StartAsync();
        using var json = new JsonClient(instance);
        await json.PostAsync("/v1/checks/use", Use);
        await json.PostAsync("/v1/checks/use", "{}");
        await json.PostAsync("/v1/checks/use", "no json");
        await json.PostAsync("/v1/members:record", """{"context": {"idempotencyKey": "twice", "actor": "desk"}, "memberId": "M-1", "changes": [{"registration": {}}]}""");
        await Waiting.UntilAsync(async () => await CountAsync(instance, "CheckUse", "OK") == 1 && await CountAsync(instance, "CheckUse", "INVALID_ARGUMENT") == 2
            && await CountAsync(instance, "RecordMember", "ALREADY_EXISTS") == 1);
        await Waiting.UntilAsync(async () => await AccessStage.ReadMetricAsync(instance, "consent_in_flight{limit=\"checks\"}") == 0);
    }

    [Fact]
    public async Task Neither_port_answers_for_another()
    {
        var instance = await StartAsync();
        using var json = new JsonClient(instance);
        // gRPC, metrics and probes are not here.
        foreach (var path in new[] { "/belong.consent.v1.ConsentCheck/CheckUse", "/metrics", "/healthz/ready", "/grpc.health.v1.Health/Check", "/v1/checks", "/v1/checks/use/", "/" })
        {
            var answer = await json.PostAsync(path, Use);
            Assert.Equal((HttpStatusCode.NotFound, $"path is '{path}': one of those in /openapi.json is required"), (answer.Status, answer.Message));
        }

        // HTTP/2 is not spoken here, and JSON is not at the gRPC port.
        using var http2 = new HttpClient { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        await Assert.ThrowsAsync<HttpRequestException>(() => http2.GetAsync(new Uri(JsonClient.AddressOf(instance), "/v1/server-info")));
        using var content = new StringContent(Use, System.Text.Encoding.UTF8, "application/json");
        using var atGrpc = await http2.PostAsync(new Uri(instance.App.Urls.First() + "/v1/checks/use"), content);
        Assert.Equal((HttpStatusCode.NotFound, ""), (atGrpc.StatusCode, await atGrpc.Content.ReadAsStringAsync()));
        using var atMetrics = await instance.Http.PostAsync(new Uri("/v1/checks/use", UriKind.Relative), content);
        Assert.Equal(HttpStatusCode.NotFound, atMetrics.StatusCode);
    }

    [Fact]
    public async Task Without_the_port_nothing_of_it_is_there()
    {
        Assert.Equal(2, stage.Open.App.Urls.Count);
        Assert.Null(stage.Open.App.Services.GetService<JsonDoorHolder>());
        Assert.DoesNotContain(EndpointsOf(stage.Open), endpoint => endpoint.DisplayName!.Contains("/v1/", StringComparison.Ordinal));
        // Nor is it among what gRPC is routed by when it is on.
        var on = EndpointsOf(await StartAsync()).Select(endpoint => endpoint.DisplayName).ToList();
        Assert.Equal(EndpointsOf(stage.Open).Select(endpoint => endpoint.DisplayName).Order(), on.Order());
    }

    [Fact]
    public async Task Server_info_and_register_are_read_by_GET()
    {
        using var json = new JsonClient(await StartAsync());
        var info = await json.GetAsync("/v1/server-info");
        Assert.Equal(10_000, (int)info.Body!["maxBatchChecks"]!);
        var register = await json.GetAsync("/v1/register");
        Assert.Contains(register.Body!["vendors"]!.AsArray(), vendor => (string?)vendor!["id"] == "V-CARRIER");
    }

    private static IEnumerable<Microsoft.AspNetCore.Http.Endpoint> EndpointsOf(ServiceInstance instance) =>
        ((IEndpointRouteBuilder)instance.App).DataSources.SelectMany(source => source.Endpoints);

    private static Task<double> CountAsync(ServiceInstance instance, string rpc, string status) =>
        AccessStage.ReadMetricAsync(instance, $"consent_rpcs_total{{rpc=\"{rpc}\",code=\"{status}\"}}");

    private Task<ServiceInstance> StartAsync() => stage.StartAsync(settings => settings.Listen.HttpPort = 0);
}
