using Belong.ConsentService.Rules;
using V1 = Belong.Consent.V1;

namespace Belong.ConsentService.Registry;

/// <summary>Who writes and why, and by what a repetition is recognised.</summary>
/// <param name="Caller">The authenticated client.</param>
public sealed record WriteOrigin(string Caller, string Actor, string Reason, string IdempotencyKey)
{
    public static WriteOrigin Of(string caller, V1.WriteContext context) => new(caller, context.Actor, context.Reason, context.IdempotencyKey);
}

/// <summary>What was written, now or before.</summary>
/// <param name="Token">For a check that must rest on it.</param>
/// <param name="IsReplay">The same write had been recorded before.</param>
public sealed record WriteResult(string Token, long Version, Instant RecordedAt, bool IsReplay);
