using System.Globalization;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Http;
using Grpc.Core;
using Microsoft.AspNetCore.Http.Features;

namespace Belong.ConsentService.Access;

/// <summary>What is due when a call has ended, whichever way: its place is free, its status and time are counted.</summary>
internal sealed class CallEnds
{
    private const string StatusTrailer = "grpc-status";

    private readonly ConsentMetrics _metrics;
    private readonly TimeProvider _time;

    public CallEnds(ConsentMetrics metrics, TimeProvider time)
    {
        _metrics = metrics;
        _time = time;
        EndAsync = End;
    }

    /// <summary>For <see cref="HttpResponse.OnCompleted(Func{object, Task}, object)"/>, made once.</summary>
    public Func<object, Task> EndAsync { get; }

    public long Now => _time.GetTimestamp();

    /// <summary>A call that was not let in.</summary>
    public void CountRefused(CallRoute route, StatusCode code)
    {
        if (route.Rpc is { } rpc)
        {
            _metrics.Ended(rpc, code, null);
        }
    }

    private Task End(object state)
    {
        var call = (CallUnderWay)state;
        call.Route.Limit?.Leave();
        if (call.Route.Rpc is { } rpc && !call.Caller.IsOwn)
        {
            // A stream lasts as long as its caller wishes.
            _metrics.Ended(rpc, CodeOf(call.Http), call.Route.IsStream ? null : _time.GetElapsedTime(call.Start));
        }

        return Task.CompletedTask;
    }

    private static StatusCode CodeOf(HttpContext http)
    {
        // An error before anything was answered stands in the headers.
        if (((http.Features.Get<IHttpResponseTrailersFeature>()?.Trailers is { } trailers && trailers.TryGetValue(StatusTrailer, out var text))
                || http.Response.Headers.TryGetValue(StatusTrailer, out text))
            && int.TryParse(text.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var code) && code <= (int)StatusCode.Unauthenticated)
        {
            return (StatusCode)code;
        }

        // Over HTTP and JSON it stands in neither.
        if (http.Features.Get<JsonCall>() is { } json)
        {
            return json.Code;
        }

        return http.RequestAborted.IsCancellationRequested ? StatusCode.Cancelled : StatusCode.Unknown;
    }
}

/// <summary>A call that was let in.</summary>
/// <param name="Start">The timestamp of its beginning.</param>
internal sealed record CallUnderWay(HttpContext Http, Caller Caller, CallRoute Route, long Start);
