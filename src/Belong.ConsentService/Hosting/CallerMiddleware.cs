using Grpc.Core;

namespace Belong.ConsentService.Hosting;

/// <summary>Sets the caller of each consent RPC, and answers UNAUTHENTICATED where there is none.</summary>
internal sealed class CallerMiddleware(RequestDelegate next, Callers callers, IServiceProvider services)
{
    private static readonly PathString Guarded = "/belong.consent.v1.";

    public Task InvokeAsync(HttpContext http)
    {
        // Routes are found without regard to case.
        if (!http.Request.Path.Value!.StartsWith(Guarded.Value!, StringComparison.OrdinalIgnoreCase))
        {
            return next(http);
        }

        if (callers.Identify(http) is { } caller)
        {
            http.User = caller;
            // All that answers is made once: each call would else pay for a scope of its own.
            http.RequestServices = services;
            return next(http);
        }

        // A trailers-only gRPC answer: the status stands in the headers.
        http.Response.ContentType = "application/grpc";
        http.Response.Headers["grpc-status"] = ((int)StatusCode.Unauthenticated).ToString(System.Globalization.CultureInfo.InvariantCulture);
        http.Response.Headers["grpc-message"] = "authorization is missing or unknown: the metadata 'authorization: Bearer KEY' with the key of a registered caller is required";
        return Task.CompletedTask;
    }
}
