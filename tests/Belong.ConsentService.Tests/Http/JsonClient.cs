using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Belong.ConsentService.Tests.Hosting;

namespace Belong.ConsentService.Tests.Http;

/// <summary>Asks the port of HTTP and JSON as any program would.</summary>
internal sealed class JsonClient(ServiceInstance instance, HttpMessageHandler? handler = null, string? key = null) : IDisposable
{
    private readonly HttpClient _http = new(handler ?? new SocketsHttpHandler()) { BaseAddress = AddressOf(instance) };

    /// <summary>The ports are listened on in the order gRPC, HTTP, metrics.</summary>
    public static Uri AddressOf(ServiceInstance instance) => new(instance.App.Urls.ElementAt(1));

    public Task<JsonAnswer> PostAsync(string path, string body) => PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"));

    public Task<JsonAnswer> PostAsync(string path, HttpContent? body) => SendAsync(HttpMethod.Post, path, body);

    public Task<JsonAnswer> GetAsync(string path) => SendAsync(HttpMethod.Get, path, null);

    public async Task<JsonAnswer> SendAsync(HttpMethod method, string path, HttpContent? body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        if (key is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await _http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return new JsonAnswer(response.StatusCode, response.Headers, text.Length == 0 ? null : JsonNode.Parse(text)!.AsObject(), text);
    }

    public void Dispose() => _http.Dispose();
}

internal sealed record JsonAnswer(HttpStatusCode Status, HttpResponseHeaders Headers, JsonObject? Body, string Text)
{
    /// <summary>Of a refusal: one sentence.</summary>
    public string Message => (string?)Body?["message"] ?? "";

    public int Code => (int?)Body?["code"] ?? 0;

    /// <summary>Of a refusal, in capitals.</summary>
    public string Reason => Body?["details"]?.AsArray().Select(detail => (string?)detail!["reason"]).FirstOrDefault(reason => reason is not null) ?? "";

    public string Outcome => (string?)Body?["decision"]?["outcome"] ?? "";
}
