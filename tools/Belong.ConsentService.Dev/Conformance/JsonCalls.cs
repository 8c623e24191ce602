using System.Net.Http.Headers;
using System.Text;
using Belong.Consent.V1;
using Google.Api;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Rpc;
using Grpc.Core;

namespace Belong.ConsentService.Dev.Conformance;

/// <summary>Lets a client of gRPC ask by HTTP and JSON, so that the same cases go through that door.</summary>
internal sealed class JsonCalls(Uri address) : CallInvoker, IDisposable
{
    private static readonly TypeRegistry Details = TypeRegistry.FromFiles(ErrorDetailsReflection.Descriptor);
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithTypeRegistry(Details));

    private readonly HttpClient _http = new() { BaseAddress = address };

    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
        new(AskAsync<TResponse>(method.Name, options, (IMessage)request), Task.FromResult<Metadata>([]), () => Grpc.Core.Status.DefaultSuccess, () => [], () => { });

    public override TResponse BlockingUnaryCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
        throw new NotSupportedException();

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
        throw new NotSupportedException();

    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options) =>
        throw new NotSupportedException();

    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options) =>
        throw new NotSupportedException();

    public void Dispose() => _http.Dispose();

    private async Task<TResponse> AskAsync<TResponse>(string method, CallOptions options, IMessage request)
    {
        var descriptor = ConsentCheck.Descriptor.FindMethodByName(method);
        using var asked = new HttpRequestMessage(HttpMethod.Post, descriptor.GetOptions().GetExtension(AnnotationsExtensions.Http).Post)
        {
            Content = new StringContent(JsonFormatter.Default.Format(request), Encoding.UTF8, "application/json"),
        };
        asked.Headers.Authorization = AuthenticationHeaderValue.Parse(options.Headers!.GetValue("authorization")!);
        using var response = await _http.SendAsync(asked, options.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(options.CancellationToken);
        return response.IsSuccessStatusCode
            ? (TResponse)Parser.Parse(text, descriptor.OutputType)
            : throw Parser.Parse<Google.Rpc.Status>(text).ToRpcException();
    }
}
