using System.Collections.Concurrent;
using System.Net;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Belong.ConsentService.Tests.Tracing;

/// <summary>A collector that keeps what it is sent by OTLP, over HTTP and over gRPC.</summary>
internal sealed class TraceReceiver : IAsyncDisposable
{
    private const string HttpPath = "/v1/traces";
    private const string GrpcPath = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
    private const int GrpcPrefixBytes = 5;

    private readonly ConcurrentQueue<byte[]> _bodies = new();
    private readonly WebApplication _app;

    private TraceReceiver(WebApplication app) => _app = app;

    public string HttpEndpoint => _app.Urls.First() + HttpPath;

    public string GrpcEndpoint => _app.Urls.Last();

    public IReadOnlyList<ReceivedSpan> Spans => [.. _bodies.SelectMany(ReceivedSpan.ReadAll)];

    /// <summary>All that came, byte by byte.</summary>
    public string Text => string.Concat(_bodies.Select(System.Text.Encoding.Latin1.GetString));

    public static async Task<TraceReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, options => options.Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, 0, options => options.Protocols = HttpProtocols.Http2);
        });
        var app = builder.Build();
        var receiver = new TraceReceiver(app);
        app.Run(receiver.TakeAsync);
        await app.StartAsync();
        return receiver;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task TakeAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        var isGrpc = http.Request.Path == GrpcPath;
        Assert.True(isGrpc || http.Request.Path == HttpPath);
        _bodies.Enqueue(isGrpc ? body.ToArray()[GrpcPrefixBytes..] : body.ToArray());
        if (isGrpc)
        {
            http.Response.ContentType = "application/grpc";
            await http.Response.Body.WriteAsync(new byte[GrpcPrefixBytes]);
            http.Response.AppendTrailer("grpc-status", "0");
        }
    }
}

/// <summary>One span as OTLP carries it.</summary>
internal sealed record ReceivedSpan(string TraceId, string SpanId, string ParentId, string Name, int Kind, IReadOnlyDictionary<string, string> Tags)
{
    /// <summary>Of an ExportTraceServiceRequest: resource_spans, scope_spans, spans.</summary>
    public static IEnumerable<ReceivedSpan> ReadAll(byte[] request) =>
        Children(request, 1).SelectMany(resource => Children(resource, 2)).SelectMany(scope => Children(scope, 2)).Select(Read);

    private static ReceivedSpan Read(byte[] span) => new(
        Hex(span, 1), Hex(span, 2), Hex(span, 4), Text(Children(span, 5).Single()), (int)Number(span, 6),
        Children(span, 9).ToDictionary(tag => Text(Children(tag, 1).Single()), tag => Value(Children(tag, 2).Single()), StringComparer.Ordinal));

    private static string Value(byte[] any) => Children(any, 1).SingleOrDefault() is { } text ? Text(text) : Number(any, 3).ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static string Hex(byte[] message, int field) => Convert.ToHexStringLower(Children(message, field).SingleOrDefault() ?? []);

    private static string Text(byte[] bytes) => System.Text.Encoding.UTF8.GetString(bytes);

    private static List<byte[]> Children(byte[] message, int field)
    {
        var found = new List<byte[]>();
        var input = new CodedInputStream(message);
        for (uint tag; (tag = input.ReadTag()) != 0;)
        {
            if (tag == WireFormat.MakeTag(field, WireFormat.WireType.LengthDelimited))
            {
                found.Add(input.ReadBytes().ToByteArray());
            }
            else
            {
                input.SkipLastField();
            }
        }

        return found;
    }

    private static long Number(byte[] message, int field)
    {
        var input = new CodedInputStream(message);
        for (uint tag; (tag = input.ReadTag()) != 0;)
        {
            if (tag == WireFormat.MakeTag(field, WireFormat.WireType.Varint))
            {
                return input.ReadInt64();
            }

            input.SkipLastField();
        }

        return 0;
    }
}
