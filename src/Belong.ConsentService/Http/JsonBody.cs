using System.Text.Json;
using Belong.ConsentService.Access;
using Belong.ConsentService.Hosting;
using Google.Protobuf.Reflection;
using Microsoft.AspNetCore.Grpc.JsonTranscoding;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace Belong.ConsentService.Http;

/// <summary>
/// Reads the body of a call that was let in, bounded, and judges it whole before anything is made of it: what comes after
/// passes over fields that it does not know, and tells of others in the words of a program.
/// </summary>
internal static class JsonBody
{
    /// <summary>Of what asks or reads one thing: an exception claim with all its texts stays below it.</summary>
    internal const int MaxSingleBytes = 256 * 1024;

    private const int MaxDepth = 64;

    public static async Task ReadAsync(HttpContext http, RequestDelegate next)
    {
        var endpoint = http.GetEndpoint()!;
        if (endpoint.Metadata.GetMetadata<GrpcJsonTranscodingMetadata>() is not { HttpRule.Body.Length: > 0 } transcoding)
        {
            RequireNone(http);
            await next(http);
            return;
        }

        RequireJson(http.Request);
        var bytes = await ReadAsync(http, MaxBytesOf(endpoint.Metadata.GetMetadata<CallRoute>()?.Rpc));
        Judge(bytes, transcoding.MethodDescriptor.InputType);
        http.Request.Body = new MemoryStream(bytes.Array!, bytes.Offset, bytes.Count, writable: false);
        await next(http);
    }

    private static int MaxBytesOf(Rpc? rpc) => rpc is Rpc.CheckBatch or Rpc.RecordMember or Rpc.RecordRegister ? ConsentHost.MaxMessageBytes : MaxSingleBytes;

    private static void RequireNone(HttpContext http)
    {
        if (http.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true)
        {
            throw Refusal.Field("body", "given", "none is allowed at this path");
        }
    }

    private static void RequireJson(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || !type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            || !(type.Charset.Length == 0 || type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase)))
        {
            throw Refusal.Field("content-type", JsonShape.Quote(request.ContentType ?? ""), "application/json in UTF-8 is required");
        }

        if (request.Headers.ContentEncoding.Count > 0)
        {
            // Some bytes can become gigabytes, and nobody needs it.
            throw Refusal.Field("content-encoding", JsonShape.Quote(request.Headers.ContentEncoding.ToString()), "none is allowed");
        }
    }

    private static async Task<ArraySegment<byte>> ReadAsync(HttpContext http, int maxBytes)
    {
        if (http.Request.ContentLength > maxBytes)
        {
            throw TooLarge($"{http.Request.ContentLength} bytes", maxBytes);
        }

        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = maxBytes;
        }

        var bytes = new MemoryStream((int)(http.Request.ContentLength ?? 0));
        try
        {
            await http.Request.Body.CopyToAsync(bytes, http.RequestAborted);
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw TooLarge($"more than {maxBytes} bytes", maxBytes);
        }

        return new ArraySegment<byte>(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    private static Grpc.Core.RpcException TooLarge(string size, int maxBytes) => Refusal.Field("body", size, $"at most {maxBytes} are allowed at this path");

    private static void Judge(ReadOnlyMemory<byte> bytes, MessageDescriptor type)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = MaxDepth });
            JsonShape.Check(document.RootElement, type);
        }
        catch (JsonException e)
        {
            throw Refusal.Field("body", $"no JSON from line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1} on", $"a {type.Name} in JSON is required, at most {MaxDepth} deep");
        }
    }
}
