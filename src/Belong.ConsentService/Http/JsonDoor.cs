using System.Collections.Frozen;
using System.Net;
using Belong.ConsentService.Access;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Tracing;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Routing.Patterns;

namespace Belong.ConsentService.Http;

/// <summary>
/// The port of HTTP and JSON. A path is looked up whole, as none has a variable, and then meets what every RPC meets: the
/// gate, the bounds and the strictness of what is sent.
/// </summary>
internal sealed class JsonDoor
{
    public const string DocumentPath = "/openapi.json";

    private const int ShownLength = 100;

    private readonly FrozenDictionary<string, Endpoint> _endpoints;
    private readonly FrozenDictionary<string, string> _methods;
    private readonly bool _isOpenToLoopback;

    /// <param name="routes">Of the RPCs that have a path.</param>
    /// <param name="isOpenToLoopback">Nobody is asked who he is.</param>
    public JsonDoor(IEnumerable<RouteEndpoint> routes, bool isOpenToLoopback)
    {
        RouteEndpoint[] all = [.. routes, OpenApiDocument.MakeEndpoint(DocumentPath)];
        _endpoints = all.ToFrozenDictionary(PathOf, Endpoint (route) => route, StringComparer.Ordinal);
        _methods = all.ToFrozenDictionary(PathOf, route => route.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods.Single(), StringComparer.Ordinal);
        _isOpenToLoopback = isOpenToLoopback;
    }

    /// <summary>What it answers at.</summary>
    public IEnumerable<string> Paths => _endpoints.Keys;

    public Endpoint Find(string path) => _endpoints[path];

    public void Map(IApplicationBuilder app, bool isTraced, Type gate)
    {
        app.Use(RouteAsync);
        if (isTraced)
        {
            app.UseMiddleware<TraceMiddleware>();
        }

        app.UseMiddleware<JsonAnswers>();
        app.Use(RequireAsync);
        app.UseMiddleware(gate);
        app.Use(JsonBody.ReadAsync);
        app.Run(http => http.GetEndpoint()!.RequestDelegate!(http));
    }

    private static string PathOf(RouteEndpoint route) => '/' + string.Join('/', route.RoutePattern.PathSegments.Select(TextOf));

    private static string TextOf(RoutePatternPathSegment segment) => segment.Parts is [RoutePatternLiteralPart literal]
        ? literal.Content
        : throw new InvalidOperationException("a path of the contract has a variable: what stands in a path stands in the logs of proxies");

    private Task RouteAsync(HttpContext http, RequestDelegate next)
    {
        var endpoint = _endpoints.GetValueOrDefault(http.Request.Path.Value ?? "");
        http.Features.Set(new JsonCall { Rpc = endpoint?.Metadata.GetMetadata<GrpcMethodMetadata>()?.Method.FullName ?? "" });
        http.SetEndpoint(endpoint);
        return next(http);
    }

    /// <summary>What does not come to an endpoint as it should goes no further.</summary>
    private Task RequireAsync(HttpContext http, RequestDelegate next)
    {
        var request = http.Request;
        if (_isOpenToLoopback && !IsLoopback(request.Host.Host))
        {
            // A page in a browser on this host could otherwise ask through a name of its own that leads here.
            throw Refusal.Of(StatusCode.PermissionDenied, "CALLER_NOT_PERMITTED", $"host is {Shown(request.Host.Value ?? "")}: without grants localhost or a loopback address is allowed");
        }

        var path = request.Path.Value ?? "";
        if (http.GetEndpoint() is null)
        {
            throw Refusal.Of(StatusCode.NotFound, "REQUEST_MALFORMED", $"path is {Shown(path)}: one of those in {DocumentPath} is required");
        }

        if (_methods[path] is var method && method != request.Method)
        {
            http.Response.Headers.Allow = method;
            throw Refusal.Of(StatusCode.Unimplemented, "REQUEST_MALFORMED", $"method is {Shown(request.Method)}: {method} is required at {path}");
        }

        if (request.QueryString.HasValue)
        {
            throw Refusal.Field("query", Shown(request.QueryString.Value!), "none is allowed, as what is asked stands in the body");
        }

        return next(http);
    }

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    private static string Shown(string value) => JsonShape.Quote(value, ShownLength);
}

/// <summary>The door, once it is there.</summary>
internal sealed class JsonDoorHolder
{
    public JsonDoor? Door { get; set; }
}
