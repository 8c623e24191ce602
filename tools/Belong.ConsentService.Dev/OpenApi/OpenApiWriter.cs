using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Api;
using Google.Protobuf.Reflection;
using ServiceDescriptor = Google.Protobuf.Reflection.ServiceDescriptor;

namespace Belong.ConsentService.Dev.OpenApi;

/// <summary>Writes docs/openapi.json from the contract, so that it says what the contract says and nothing else.</summary>
internal static class OpenApiWriter
{
    private const string Introduction =
        """
        The RPCs of ConsentCheck and ConsentRegistry that are not streams, over HTTP/1.1 and JSON, on the port that Consent:Listen:HttpPort names.
        A field that is unknown, null, given twice or of another kind is refused by its name. Fields that have their default are left out of answers: a missing `retryable` is false, a missing list is empty.
        A refusal has the HTTP status of its code and a `google.rpc.Status` with one sentence and details. An answer that says no is no refusal: it has the status 200. Only `OUTCOME_ALLOW` is yes.
        The id of a member stands in the body and never in the path, as paths end up in the logs of proxies.
        """;

    private static readonly JsonSerializerOptions Written = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write()
    {
        var methods = ContractImage.ReadFiles().SelectMany(file => file.Services).SelectMany(service => service.Methods)
            .Select(method => (Method: method, Rule: method.GetOptions()?.GetExtension(AnnotationsExtensions.Http)))
            .Where(found => found.Rule is not null).ToList();
        var schemas = new OpenApiSchemas();
        var paths = new JsonObject();
        foreach (var (method, rule) in methods)
        {
            var (verb, path) = rule!.PatternCase == HttpRule.PatternOneofCase.Get ? ("get", rule.Get) : ("post", rule.Post);
            paths[path] = new JsonObject { [verb] = WriteOperation(method, rule.Body.Length > 0, schemas) };
        }

        var document = new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject { ["title"] = "Belong.ConsentService", ["version"] = "v1", ["description"] = Introduction },
            ["servers"] = new JsonArray(new JsonObject { ["url"] = "http://127.0.0.1:5082", ["description"] = "./dev run" }),
            ["security"] = new JsonArray(new JsonObject { ["bearer"] = new JsonArray() }, new JsonObject { ["certificate"] = new JsonArray() }, new JsonObject()),
            ["tags"] = new JsonArray([.. methods.Select(found => found.Method.Service).Distinct().Select(WriteTag)]),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["securitySchemes"] = WriteSecurity(),
                ["responses"] = WriteRefusals(),
                ["schemas"] = schemas.Write(),
            },
        };
        return document.ToJsonString(Written) + '\n';
    }

    private static JsonNode WriteTag(ServiceDescriptor service) =>
        new JsonObject { ["name"] = service.Name, ["description"] = ContractImage.CommentOf(service) };

    private static JsonObject WriteOperation(MethodDescriptor method, bool hasBody, OpenApiSchemas schemas)
    {
        var operation = new JsonObject
        {
            ["operationId"] = method.Name,
            ["tags"] = new JsonArray(method.Service.Name),
            ["description"] = ContractImage.CommentOf(method),
        };
        if (hasBody)
        {
            operation["requestBody"] = new JsonObject { ["required"] = true, ["content"] = Content(schemas.Request(method.InputType)) };
        }

        var responses = new JsonObject
        {
            ["200"] = new JsonObject { ["description"] = "Answered.", ["content"] = Content(schemas.Response(method.OutputType)) },
            ["429"] = new JsonObject { ["$ref"] = "#/components/responses/TooMuch" },
            ["default"] = new JsonObject { ["$ref"] = "#/components/responses/Refused" },
        };
        operation["responses"] = responses;
        return operation;
    }

    private static JsonObject Content(JsonObject schema) => new() { ["application/json"] = new JsonObject { ["schema"] = schema } };

    private static JsonObject WriteSecurity() => new()
    {
        ["bearer"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer", ["description"] = "A key or a token (JWT) of a registered caller. A service without grants, on loopback only, asks for none." },
        ["certificate"] = new JsonObject { ["type"] = "mutualTLS", ["description"] = "A client certificate with a name of a registered caller." },
    };

    private static JsonObject WriteRefusals() => new()
    {
        ["Refused"] = new JsonObject
        {
            ["description"] = "Not answered; says nothing about the member. 400 INVALID_ARGUMENT or FAILED_PRECONDITION, 401 UNAUTHENTICATED, 403 PERMISSION_DENIED, 404 NOT_FOUND, 405 another method, 409 ALREADY_EXISTS or ABORTED, 500 UNKNOWN, 503 UNAVAILABLE: ask again.",
            ["content"] = Content(OpenApiSchemas.Reference(OpenApiSchemas.Status)),
        },
        ["TooMuch"] = new JsonObject
        {
            ["description"] = "RESOURCE_EXHAUSTED: above a limit of the instance (OVERLOADED) or of the caller (RATE_LIMITED). The details have the exact time in a google.rpc.RetryInfo.",
            ["headers"] = new JsonObject
            {
                ["Retry-After"] = new JsonObject { ["description"] = "Ask again after so many seconds.", ["schema"] = new JsonObject { ["type"] = "integer" } },
            },
            ["content"] = Content(OpenApiSchemas.Reference(OpenApiSchemas.Status)),
        },
    };
}
