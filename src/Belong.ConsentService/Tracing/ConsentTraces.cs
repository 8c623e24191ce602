using System.Diagnostics;
using Belong.ConsentService.Cache;

namespace Belong.ConsentService.Tracing;

/// <summary>The spans of this service. No tag names a member, and nothing is made while nobody listens.</summary>
internal static class ConsentTraces
{
    public const string Name = "Belong.ConsentService";

    /// <summary>Where Npgsql makes the spans of reads and writes of PostgreSQL: statements, never their parameters.</summary>
    public const string Npgsql = "Npgsql";

    public static readonly ActivitySource Source = new(Name);

    /// <summary>False when traces are off, and of a call that is not sampled.</summary>
    public static bool IsTraced => Source.HasListeners() && Activity.Current is { IsAllDataRequested: true };

    /// <summary>A read of Redis that has just ended, as a span of the call under way. Made afterwards, so that a read carries nothing for it.</summary>
    /// <param name="operation">GET or MGET.</param>
    public static void NoteCacheRead(string operation, TimeSpan elapsed, string outcome, int members)
    {
        var end = DateTimeOffset.UtcNow;
        using var span = Source.StartActivity(operation, ActivityKind.Client, default(ActivityContext), startTime: end - elapsed);
        if (span is null)
        {
            return;
        }

        span.SetTag("db.system.name", "redis");
        span.SetTag("db.operation.name", operation);
        span.SetTag("consent.members", members);
        span.SetTag("consent.outcome", outcome);
        if (outcome == OutcomeOf(ReadOutcome.Unavailable))
        {
            span.SetStatus(ActivityStatusCode.Error);
        }

        span.SetEndTime(end.UtcDateTime);
    }

    public static string OutcomeOf(ReadOutcome outcome) => outcome switch
    {
        ReadOutcome.Hit => "hit",
        ReadOutcome.NoSuchMember => "no_such_member",
        ReadOutcome.Miss => "miss",
        ReadOutcome.Corrupt => "corrupt",
        _ => "unavailable",
    };
}
