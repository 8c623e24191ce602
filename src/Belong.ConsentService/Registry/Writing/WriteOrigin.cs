using Belong.ConsentService.Rules;
using V1 = Belong.Consent.V1;

namespace Belong.ConsentService.Registry;

/// <summary>Who writes and why, and by what a repetition is recognised.</summary>
/// <param name="Caller">The authenticated client.</param>
/// <param name="ReceivedAt">When the request reached Belong, as far as it is stated.</param>
public sealed record WriteOrigin(string Caller, string Actor, string Reason, string IdempotencyKey, Instant? ReceivedAt = null)
{
    public static WriteOrigin Of(string caller, V1.WriteContext context) =>
        new(caller, context.Actor, context.Reason, context.IdempotencyKey, Times.ToInstantOrNull(context.ReceivedAt));

    /// <summary>Nothing is received after it is recorded: a client's clock may be ahead.</summary>
    public Instant ReceivedBy(Instant recordedAt) => ReceivedAt is { } at && at < recordedAt ? at : recordedAt;
}

/// <summary>What was written, now or before.</summary>
/// <param name="Token">For a check that must rest on it.</param>
/// <param name="IsReplay">The same write had been recorded before.</param>
public sealed record WriteResult(string Token, long Version, Instant RecordedAt, bool IsReplay);
