using System.Diagnostics;
using System.Globalization;
using Belong.ConsentService.Access;
using Belong.ConsentService.Http;
using Grpc.Core;
using Microsoft.AspNetCore.Http.Features;

namespace Belong.ConsentService.Tracing;

/// <summary>
/// The server span of each consent RPC, under the caller's trace if it sends one. In the pipeline only when traces are on.
/// A watch has none: it has no end to tell of.
/// </summary>
internal sealed class TraceMiddleware(RequestDelegate next)
{
    private const string Guarded = "/belong.consent.v1.";
    private const string Watch = "/belong.consent.v1.ConsentAudience/WatchDecisions";
    private const string StatusKey = "grpc-status";

    public Task InvokeAsync(HttpContext http)
    {
        var path = http.Features.Get<JsonCall>()?.Rpc ?? http.Request.Path.Value!;
        return path.StartsWith(Guarded, StringComparison.Ordinal) && path != Watch ? TraceAsync(http, path) : next(http);
    }

    private async Task TraceAsync(HttpContext http, string path)
    {
        using var span = Begin(http, path);
        await next(http);
        if (span is { IsAllDataRequested: true })
        {
            End(span, http.Response);
        }
    }

    private static Activity? Begin(HttpContext http, string path)
    {
        ActivityContext.TryParse(http.Request.Headers.TraceParent, http.Request.Headers.TraceState, isRemote: true, out var parent);
        // The name is known to be one of a method only once it is answered, and what is not is left out.
        var span = ConsentTraces.Source.StartActivity("grpc", ActivityKind.Server, parent);
        if (span is { IsAllDataRequested: true } && http.GetEndpoint()?.Metadata.GetMetadata<CallRoute>() is not null)
        {
            var slash = path.IndexOf('/', 1);
            span.DisplayName = path[1..];
            span.SetTag("rpc.system", "grpc");
            span.SetTag("rpc.service", path[1..slash]);
            span.SetTag("rpc.method", path[(slash + 1)..]);
        }

        return span;
    }

    private static void End(Activity span, HttpResponse response)
    {
        // Who calls is found out behind this.
        if (response.HttpContext.User is Caller caller)
        {
            span.SetTag("consent.caller", caller.Name);
        }

        if (StatusOf(response) is not { } status)
        {
            return;
        }

        span.SetTag("rpc.grpc.status_code", status);
        if ((StatusCode)status is StatusCode.Unknown or StatusCode.DeadlineExceeded or StatusCode.Unimplemented
            or StatusCode.Internal or StatusCode.Unavailable or StatusCode.DataLoss)
        {
            span.SetStatus(ActivityStatusCode.Error);
        }
    }

    private static int? StatusOf(HttpResponse response)
    {
        if (response.HttpContext.Features.Get<JsonCall>() is { } json)
        {
            return (int)json.Code;
        }

        var text = response.HttpContext.Features.Get<IHttpResponseTrailersFeature>()?.Trailers[StatusKey].ToString();
        text = string.IsNullOrEmpty(text) ? response.Headers[StatusKey].ToString() : text;
        return int.TryParse(text, CultureInfo.InvariantCulture, out var status) ? status : null;
    }
}
