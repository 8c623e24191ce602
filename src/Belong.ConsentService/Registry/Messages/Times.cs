using Belong.ConsentService.Rules;
using Google.Protobuf.WellKnownTypes;
using V1 = Belong.Consent.V1;

namespace Belong.ConsentService.Registry;

/// <summary>Instants in messages and in the store.</summary>
internal static class Times
{
    private const long NanosecondsPerMicrosecond = 1_000;

    public static Instant ToInstant(Timestamp time) => Instant.FromUnix(time.Seconds, time.Nanos);

    public static Instant? ToInstantOrNull(Timestamp? time) => time is null ? null : ToInstant(time);

    public static Timestamp ToTimestamp(Instant instant) => new() { Seconds = instant.UnixSeconds, Nanos = instant.Nanoseconds };

    public static Timestamp? ToTimestampOrNull(Instant? instant) => instant is { } at ? ToTimestamp(at) : null;

    public static V1.Start ToStart(Instant? start) =>
        start is { } at ? new V1.Start { At = ToTimestamp(at) } : new V1.Start { Unknown = true };

    /// <summary>The time of recording: whole microseconds, as PostgreSQL keeps them.</summary>
    public static Instant Now(TimeProvider time)
    {
        var now = Instant.From(time.GetUtcNow());
        return new Instant(now.UnixNanoseconds - (now.Nanoseconds % NanosecondsPerMicrosecond));
    }

    /// <summary>For a column: rounded up, so that nothing falls due early.</summary>
    public static DateTime ToColumn(Instant instant)
    {
        var over = instant.Nanoseconds % NanosecondsPerMicrosecond;
        return over == 0 ? instant.ToDateTime() : new Instant(instant.UnixNanoseconds - over + NanosecondsPerMicrosecond).ToDateTime();
    }
}
