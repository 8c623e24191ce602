using Belong.ConsentService.Access;
using Microsoft.AspNetCore.Routing.Patterns;

namespace Belong.ConsentService.Http;

/// <summary>The description of all paths, made from the contract by <c>./dev openapi</c> and part of the program.</summary>
internal static class OpenApiDocument
{
    private const string Resource = "openapi.json";

    public static byte[] Read()
    {
        using var stream = typeof(OpenApiDocument).Assembly.GetManifestResourceStream(Resource)!;
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    /// <summary>As reflection is over gRPC: open to every caller, and to nobody else.</summary>
    public static RouteEndpoint MakeEndpoint(string path)
    {
        var document = Read();
        return new RouteEndpoint(
            http =>
            {
                http.Response.ContentType = "application/json";
                return http.Response.Body.WriteAsync(document).AsTask();
            },
            RoutePatternFactory.Parse(path),
            order: 0,
            new EndpointMetadataCollection(new HttpMethodMetadata([HttpMethods.Get]), CallRoute.AnyCaller),
            Resource);
    }
}
