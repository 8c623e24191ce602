using System.Globalization;

namespace Belong.ConsentService.Rules;

/// <summary>
/// A point in time (UTC), exact to the nanosecond, so that no instant a caller can state is rounded
/// before it is compared.
/// </summary>
/// <param name="UnixNanoseconds">Nanoseconds since 1970-01-01T00:00:00Z.</param>
public readonly record struct Instant(long UnixNanoseconds) : IComparable<Instant>
{
    private const long NanosecondsPerSecond = 1_000_000_000;
    private const long NanosecondsPerTick = 100;

    /// <summary>The earliest instant that may be stated: 1900-01-01.</summary>
    public static readonly Instant Earliest = FromDateTime(new DateTime(1900, 1, 1, 0, 0, 0, DateTimeKind.Utc));

    /// <summary>The end, exclusive, of the instants that may be stated: 2200-01-01.</summary>
    public static readonly Instant End = FromDateTime(new DateTime(2200, 1, 1, 0, 0, 0, DateTimeKind.Utc));

    /// <summary>Whole seconds since 1970, rounded down.</summary>
    public long UnixSeconds => (UnixNanoseconds - Nanoseconds) / NanosecondsPerSecond;

    /// <summary>The nanoseconds within the second, 0 to 999,999,999.</summary>
    public int Nanoseconds => (int)(((UnixNanoseconds % NanosecondsPerSecond) + NanosecondsPerSecond) % NanosecondsPerSecond);

    public static bool operator <(Instant left, Instant right) => left.UnixNanoseconds < right.UnixNanoseconds;

    public static bool operator >(Instant left, Instant right) => left.UnixNanoseconds > right.UnixNanoseconds;

    public static bool operator <=(Instant left, Instant right) => left.UnixNanoseconds <= right.UnixNanoseconds;

    public static bool operator >=(Instant left, Instant right) => left.UnixNanoseconds >= right.UnixNanoseconds;

    public static Instant FromUnix(long seconds, int nanoseconds) => new((seconds * NanosecondsPerSecond) + nanoseconds);

    public static Instant FromDateTime(DateTime utc) => new((utc - DateTime.UnixEpoch).Ticks * NanosecondsPerTick);

    public static Instant From(DateTimeOffset time) => FromDateTime(time.UtcDateTime);

    /// <summary>Reads ISO 8601 in UTC with up to nine decimals: <c>2026-04-01T00:00:00.000000001Z</c>.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Instant instant)
    {
        instant = default;
        if (text.IsEmpty || text[^1] is not ('Z' or 'z'))
        {
            return false;
        }

        var point = text.IndexOf('.');
        var whole = point < 0 ? text[..^1] : text[..point];
        if (!DateTime.TryParseExact(whole, "yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var seconds)
            || seconds.Year is < 1700 or > 2250)
        {
            return false;
        }

        var nanoseconds = 0;
        if (point >= 0 && !TryParseFraction(text[(point + 1)..^1], out nanoseconds))
        {
            return false;
        }

        instant = new Instant(FromDateTime(seconds).UnixNanoseconds + nanoseconds);
        return true;
    }

    public static Instant Parse(string text) =>
        TryParse(text, out var instant) ? instant : throw new FormatException($"'{text}' is not an instant such as 2026-04-01T00:00:00Z");

    public Instant Plus(TimeSpan span) => new(UnixNanoseconds + (span.Ticks * NanosecondsPerTick));

    public int CompareTo(Instant other) => UnixNanoseconds.CompareTo(other.UnixNanoseconds);

    public DateTime ToDateTime() => DateTime.UnixEpoch.AddTicks(UnixSeconds * TimeSpan.TicksPerSecond + (Nanoseconds / NanosecondsPerTick));

    public override string ToString()
    {
        var whole = DateTime.UnixEpoch.AddSeconds(UnixSeconds).ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture);
        return Nanoseconds == 0
            ? whole + "Z"
            : whole + "." + Nanoseconds.ToString("D9", CultureInfo.InvariantCulture).TrimEnd('0') + "Z";
    }

    private static bool TryParseFraction(ReadOnlySpan<char> digits, out int nanoseconds)
    {
        nanoseconds = 0;
        if (digits.Length is 0 or > 9 || digits.ContainsAnyExceptInRange('0', '9'))
        {
            return false;
        }

        nanoseconds = int.Parse(digits, CultureInfo.InvariantCulture);
        for (var i = digits.Length; i < 9; i++)
        {
            nanoseconds *= 10;
        }

        return true;
    }
}
