using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Belong.Consent.V1;
using Belong.ConsentService.Dev.Fuzz.Messages;
using Belong.ConsentService.Dev.Fuzz.Stage;
using Google.Api;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Belong.ConsentService.Dev.Fuzz.Doors;

/// <summary>HTTP and JSON by a caller who may not record: hostile messages as JSON, spoilt, under wrong paths, types and credentials.</summary>
internal sealed class JsonDoor : Door
{
    private const int Workers = 8;
    private const int MaxSentenceLength = 2_000;

    private static readonly string[] Types = ["text/plain", "application/grpc", "application/json; charset=utf-16", "application/json;;", "*/*", "application/problem+json"];
    private static readonly string[] Paths = ["/", "/v1", "/v1/checks", "/v1/checks:", "/v1/checks/use/../use", "/v1/checks/use%2f", "/openapi.json/x", "/v1/members/M0000001:get", "/metrics"];
    private static readonly string[] Pieces = ["{", "}", "[", "]", "\"", ",", ":", "null", "1e999", "-0", "\\ud800", "\0", "true", "\"memberId\":", "{\"options\":", "\u00ff"];

    private static readonly (MethodDescriptor Method, string Path)[] Posted =
    [
        .. new[] { CheckReflection.Descriptor, RegistryReflection.Descriptor }.SelectMany(file => file.Services).SelectMany(service => service.Methods)
            .Select(method => (method, method.GetOptions()?.GetExtension(AnnotationsExtensions.Http)?.Post ?? "")).Where(found => found.Item2.Length > 0),
    ];

    public override string Name => "json";

    public override int SharePerThousand => 40;

    public override async Task RunAsync(DoorContext context, int requests, CancellationToken cancellation)
    {
        using var http = new HttpClient { BaseAddress = context.Stage.HttpAddress, Timeout = DoorContext.Patience };
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(async worker =>
        {
            var random = context.RandomOf(worker);
            for (var left = requests / Workers; left > 0; left--)
            {
                using var request = Build(random);
                var isCaller = request.Headers.Authorization?.ToString() == StageCallers.Asker;
                try
                {
                    using var response = await http.SendAsync(request, cancellation);
                    Judge(context, request, response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancellation), isCaller);
                }
                catch (HttpRequestException)
                {
                    // It was ended before it was read: what is too large is not waited for.
                    context.Tally.Add("closed");
                }
            }
        }));
    }

    private static HttpRequestMessage Build(Random random)
    {
        var (method, path) = Posted[random.Next(Posted.Length)];
        var body = Write(method.InputType, random);
        var content = new ByteArrayContent(random.Next(2) == 0 ? body : Spoil(body, random));
        content.Headers.TryAddWithoutValidation("Content-Type", random.Next(30) == 0 ? Types[random.Next(Types.Length)] : "application/json");
        var request = new HttpRequestMessage(random.Next(40) == 0 ? HttpMethod.Put : HttpMethod.Post, random.Next(30) == 0 ? Paths[random.Next(Paths.Length)] : path) { Content = content };
        request.Headers.Authorization = random.Next(20) == 0 ? new AuthenticationHeaderValue("Bearer", "nobody") : AuthenticationHeaderValue.Parse(StageCallers.Asker);
        return request;
    }

    private static byte[] Write(MessageDescriptor type, Random random)
    {
        while (true)
        {
            try
            {
                return Encoding.UTF8.GetBytes(JsonFormatter.Default.Format(HostileMessage.Build(type, random)));
            }
            catch (InvalidOperationException)
            {
                // An instant that JSON cannot say.
            }
        }
    }

    private static byte[] Spoil(byte[] body, Random random)
    {
        var at = random.Next(body.Length + 1);
        var piece = Encoding.Latin1.GetBytes(Pieces[random.Next(Pieces.Length)]);
        return random.Next(4) switch
        {
            0 => body[..at],
            1 => [.. body[..at], .. piece, .. body[at..]],
            2 => [.. Enumerable.Repeat(piece, 1 + random.Next(2_000)).SelectMany(bytes => bytes)],
            _ => [.. body[..at], (byte)random.Next(256), .. body[Math.Min(body.Length, at + 1)..]],
        };
    }

    private static void Judge(DoorContext context, HttpRequestMessage request, HttpStatusCode status, byte[] answer, bool isCaller)
    {
        context.Tally.Add($"HTTP {(int)status}");
        // The name of a message of the contract is none of a type.
        var told = Encoding.Latin1.GetString(answer).Replace(nameof(ExceptionClaim), "claim", StringComparison.OrdinalIgnoreCase);
        var fault = context.Judge.FindLeak(Encoding.Latin1.GetBytes(told))
            ?? (status == HttpStatusCode.InternalServerError ? "met an error that nobody foresaw" : null)
            ?? (!isCaller && status == HttpStatusCode.OK ? "was answered without valid credentials" : null)
            ?? FindUnclear(status, answer);
        if (fault is not null)
        {
            context.Report(fault.Split('\'')[0], $"{fault} for {request.Method} {request.RequestUri}: {Encoding.UTF8.GetString(answer.AsSpan(0, Math.Min(300, answer.Length)))}");
        }
    }

    private static string? FindUnclear(HttpStatusCode status, byte[] answer)
    {
        if (status == HttpStatusCode.OK)
        {
            return null;
        }

        try
        {
            return JsonNode.Parse(answer) is JsonObject refusal && (string?)refusal["message"] is { Length: > 0 and < MaxSentenceLength }
                && refusal["details"] is JsonArray { Count: > 0 } ? null : "was refused in no sentence";
        }
        catch (Exception e) when (e is System.Text.Json.JsonException or InvalidOperationException)
        {
            return "was refused in no JSON";
        }
    }
}
