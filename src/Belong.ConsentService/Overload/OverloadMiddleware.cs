using System.Globalization;
using Belong.ConsentService.Hosting;

namespace Belong.ConsentService.Overload;

/// <summary>Refuses what is above the limits before its message is read.</summary>
internal sealed class OverloadMiddleware(RequestDelegate next, CallLimits limits)
{
    public Task InvokeAsync(HttpContext http)
    {
        if (limits.Find(http.Request.Path.Value!) is not { } limit)
        {
            return next(http);
        }

        if (limit.TryEnter())
        {
            // An awaited call would cost each check more.
            http.Response.OnCompleted(LeaveAsync, limit);
            return next(http);
        }

        Refuse(http.Response, limit);
        return Task.CompletedTask;
    }

    private static Task LeaveAsync(object limit)
    {
        ((ConcurrencyLimit)limit).Leave();
        return Task.CompletedTask;
    }

    /// <summary>A trailers-only gRPC answer: the status stands in the headers.</summary>
    private static void Refuse(HttpResponse response, ConcurrencyLimit limit)
    {
        var refusal = limit.BuildRefusal();
        response.ContentType = "application/grpc";
        response.Headers["grpc-status"] = ((int)refusal.StatusCode).ToString(CultureInfo.InvariantCulture);
        response.Headers["grpc-message"] = refusal.Status.Detail;
        response.Headers[Refusal.DetailsKey] = Convert.ToBase64String(refusal.Trailers.GetValueBytes(Refusal.DetailsKey)!);
    }
}
