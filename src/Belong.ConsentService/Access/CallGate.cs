using Belong.ConsentService.Hosting;
using Grpc.Core;

namespace Belong.ConsentService.Access;

/// <summary>
/// What stands before every RPC: who calls, whether it may call this, whether its rate and the limits of the instance have
/// room. What is refused is refused before its message is read.
/// </summary>
internal sealed class CallGate(RequestDelegate next, Identification identification, AccessCounters counters, CallEnds ends, IServiceProvider services)
{
    public Task InvokeAsync(HttpContext http)
    {
        if (http.GetEndpoint()?.Metadata.GetMetadata<CallRoute>() is not { } route)
        {
            return next(http);
        }

        var start = ends.Now;
        var identity = identification.Identify(http);
        return identity.IsOpen ? JudgeAsync(http, route, start) : Admit(http, route, identity, start);
    }

    private async Task JudgeAsync(HttpContext http, CallRoute route, long start) => await Admit(http, route, await identification.ValidateAsync(http), start);

    private Task Admit(HttpContext http, CallRoute route, in Identity identity, long start)
    {
        if (identity.Caller is not { } caller)
        {
            return Refuse(http, route, identity.Refusal!.Value, AccessAnswers.Of(identity.Refusal.Value));
        }

        if (route.Rpc is { } rpc && !caller.Rpcs.Contains(rpc))
        {
            return Refuse(http, route, AccessRefusal.RpcNotGranted, AccessAnswers.NotGranted(caller, rpc));
        }

        if (route.RateOf(caller) is { } rate && !rate.TryTake(1, out var wait))
        {
            return Refuse(http, route, AccessRefusal.RateLimited, AccessAnswers.RateLimited(caller, route.Budget, rate, wait));
        }

        if (route.Limit is { } limit && !limit.TryEnter())
        {
            return End(http, route, limit.BuildRefusal());
        }

        // An awaited call would cost each check more.
        http.Response.OnCompleted(ends.EndAsync, new CallUnderWay(http, caller, route, start));
        http.User = caller;
        // All that answers is made once: each call would else pay for a scope of its own.
        http.RequestServices = services;
        return next(http);
    }

    private Task Refuse(HttpContext http, CallRoute route, AccessRefusal cause, RpcException refusal)
    {
        counters.Refused(cause);
        return End(http, route, refusal);
    }

    private Task End(HttpContext http, CallRoute route, RpcException refusal)
    {
        ends.CountRefused(route, refusal.StatusCode);
        AccessAnswers.Write(http.Response, refusal);
        return Task.CompletedTask;
    }
}
