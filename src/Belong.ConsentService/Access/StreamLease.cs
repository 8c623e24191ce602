using Belong.ConsentService.Hosting;
using Grpc.Core;

namespace Belong.ConsentService.Access;

/// <summary>
/// Whether the caller of a stream may still have it. A stream outlasts keys, tokens, certificates and grants: so it is asked
/// for again with each message, and when the grants of the caller have changed it ends, and a new one is judged by the new.
/// </summary>
internal sealed class StreamLease(Identification identification, AccessCounters counters, HttpContext http)
{
    private readonly Caller _caller = (Caller)http.User;

    /// <exception cref="RpcException">The stream is over.</exception>
    public ValueTask RequireAsync()
    {
        if (!identification.IsOn)
        {
            return default;
        }

        var identity = identification.Identify(http);
        return identity.Caller == _caller ? default : JudgeAsync(identity);
    }

    private async ValueTask JudgeAsync(Identity identity)
    {
        if (identity.IsOpen)
        {
            identity = await identification.ValidateAsync(http);
        }

        if (identity.Caller is not { } caller)
        {
            counters.Refused(identity.Refusal!.Value);
            throw AccessAnswers.Of(identity.Refusal.Value);
        }

        if (caller.Name != _caller.Name || caller.Terms != _caller.Terms)
        {
            throw AccessAnswers.GrantsChanged(_caller);
        }
    }
}

/// <summary>Makes them.</summary>
internal sealed class StreamLeases(Identification identification, AccessCounters counters)
{
    public StreamLease Of(ServerCallContext context) => new(identification, counters, context.GetHttpContext());
}
