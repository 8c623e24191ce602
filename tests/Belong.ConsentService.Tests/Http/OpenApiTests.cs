using System.Net;
using System.Text.Json.Nodes;
using Belong.ConsentService.Access;
using Belong.ConsentService.Http;
using Belong.ConsentService.Tests.Access;

namespace Belong.ConsentService.Tests.Http;

/// <summary>The document is sound, and the service is as it says.</summary>
public sealed class OpenApiTests(AccessStage stage) : IClassFixture<AccessStage>
{
    private const string Context = "\"context\": {\"idempotencyKey\": \"KEY\", \"actor\": \"desk\"}";

    /// <summary>A call for each path that is answered.</summary>
    private static readonly Dictionary<string, string?> Questions = new()
    {
        ["/v1/checks/use"] = """{"memberId": "M-1", "purposes": ["PURPOSE_SERVICE_DELIVERY"], "options": {"explain": true}}""",
        ["/v1/checks/disclosure"] = """{"memberId": "M-1", "recipientId": "V-CARRIER", "capacity": "CAPACITY_CONTRACTOR", "purposes": ["PURPOSE_SERVICE_DELIVERY"], "items": ["DATA_ITEM_NAME", "DATA_ITEM_BIRTH_DATE"]}""",
        ["/v1/checks/anonymized-provision"] = """{"recipientId": "anybody", "items": ["DATA_ITEM_AGE"], "dataset": {"id": "d", "certifiedAnonymous": true, "method": "PAPER"}}""",
        ["/v1/checks:batch"] = """{"checks": [{"use": {"memberId": "M-1", "purposes": ["PURPOSE_SERVICE_DELIVERY"]}}, {"use": {}}]}""",
        ["/v1/server-info"] = null,
        ["/v1/members:record"] = $$"""{{{Context}}, "memberId": "M-1", "changes": [{"dmOptOut": {"channels": ["CHANNEL_SMS"], "start": {"at": "2026-01-01T00:00:00Z"} } }]}""",
        ["/v1/register:record"] = $$"""{{{Context}}, "changes": [{"determination": {"ref": "D-json", "indispensable": true, "beneficial": true} }]}""",
        ["/v1/members:get"] = """{"memberId": "M-1"}""",
        ["/v1/members:history"] = """{"memberId": "M-1", "pageSize": 1}""",
        ["/v1/register"] = null,
    };

    [Fact]
    public void The_document_is_read_without_a_fault()
    {
        var (document, diagnostic) = Microsoft.OpenApi.OpenApiDocument.Parse(System.Text.Encoding.UTF8.GetString(OpenApiDocument.Read()), "json");
        Assert.Empty(diagnostic!.Errors);
        Assert.Empty(diagnostic.Warnings);
        Assert.Equal(Questions.Keys.Order(), document!.Paths.Keys.Order());
        Assert.All(document.Paths.Values.SelectMany(path => path.Operations!.Values), operation => Assert.NotEmpty(operation.Description!));
        Assert.Equal(["bearer", "certificate"], document.Components!.SecuritySchemes!.Keys.Order());
        // All of the contract but streams.
        var streams = new[] { Rpc.ScreenAudience, Rpc.WatchDecisions, Rpc.ImportMembers };
        Assert.Equal(Enum.GetValues<Rpc>().Except(streams).Select(rpc => rpc.ToString()).Order(), document.Paths.Values.SelectMany(path => path.Operations!.Values).Select(operation => operation.OperationId!).Order());
    }

    [Fact]
    public async Task Every_path_of_it_is_answered_as_it_says()
    {
        var instance = await stage.StartAsync(settings => settings.Listen.HttpPort = 0);
        using var json = new JsonClient(instance);
        var served = await json.GetAsync("/openapi.json");
        Assert.Equal(System.Text.Encoding.UTF8.GetString(OpenApiDocument.Read()), served.Text);
        Assert.Equal(Questions.Keys.Append("/openapi.json").Order(), instance.Get<JsonDoorHolder>().Door!.Paths.Order());
        var schemas = served.Body!["components"]!["schemas"]!.AsObject();
        foreach (var (path, operations) in served.Body["paths"]!.AsObject())
        {
            var (verb, operation) = operations!.AsObject().Single();
            var question = Questions[path]?.Replace("KEY", Guid.NewGuid().ToString(), StringComparison.Ordinal);
            if (question is not null)
            {
                Conform(JsonNode.Parse(question), operation!["requestBody"]!["content"]!["application/json"]!["schema"]!, schemas, path);
            }

            var answer = verb == "get" ? await json.GetAsync(path) : await json.PostAsync(path, question!);
            Assert.True(answer.Status == HttpStatusCode.OK, $"{path}: {answer.Text}");
            Conform(answer.Body, operation!["responses"]!["200"]!["content"]!["application/json"]!["schema"]!, schemas, path);
        }
    }

    [Fact]
    public async Task A_refusal_is_as_it_says()
    {
        using var json = new JsonClient(await stage.StartAsync(settings => settings.Listen.HttpPort = 0));
        var schemas = (await json.GetAsync("/openapi.json")).Body!["components"]!["schemas"]!.AsObject();
        Conform((await json.PostAsync("/v1/checks/use", "{}")).Body, schemas["Status"]!, schemas, "a refusal");
    }

    /// <summary>That every value is one of its schema, and every field one that the schema has.</summary>
    private static void Conform(JsonNode? value, JsonNode schema, JsonObject schemas, string path)
    {
        if ((string?)schema["$ref"] is { } reference)
        {
            Conform(value, schemas[reference.Split('/')[^1]]!, schemas, path);
            return;
        }

        switch ((string)schema["type"]!)
        {
            case "object":
                foreach (var (name, field) in value!.AsObject())
                {
                    if (schema["properties"]![name] is { } known)
                    {
                        Conform(field, known, schemas, $"{path} {name}");
                    }
                    else
                    {
                        Assert.True(schema["properties"]!["@type"] is not null, $"{path} has {name}, which the document does not");
                    }
                }

                break;
            case "array":
                Assert.All(value!.AsArray(), entry => Conform(entry, schema["items"]!, schemas, path));
                break;
            case "string" when schema["enum"] is JsonArray names:
                Assert.Contains((string)value!, names.Select(name => (string)name!));
                break;
            case "string" when (string?)schema["format"] == "date-time":
                Assert.True(DateTimeOffset.TryParse((string)value!, System.Globalization.CultureInfo.InvariantCulture, out _), path);
                break;
            case "string":
                Assert.Equal(System.Text.Json.JsonValueKind.String, value!.GetValueKind());
                break;
            case "integer":
                Assert.Equal(System.Text.Json.JsonValueKind.Number, value!.GetValueKind());
                break;
            case "boolean":
                Assert.Contains(value!.GetValueKind(), new[] { System.Text.Json.JsonValueKind.True, System.Text.Json.JsonValueKind.False });
                break;
            default:
                Assert.Fail($"{path}: the document has a type of its own");
                break;
        }
    }
}
