using Belong.Consent.V1;
using Google.Protobuf.WellKnownTypes;

namespace Belong.ConsentService.Testing.Mix;

/// <summary>
/// The instants of the mix. They are fixed, so that the same seed is the same import in any year: what happened lies
/// before 2026, and what is to last ends with the century.
/// </summary>
internal static class MixTime
{
    public static readonly DateTime First = Utc(2023, 4, 1);
    public static readonly DateTime End = Utc(2026, 1, 1);
    public static readonly DateTime Far = Utc(2099, 12, 31);

    public static DateTime Utc(int year, int month, int day) => new(year, month, day, 0, 0, 0, DateTimeKind.Utc);

    public static Timestamp Stamp(this DateTime time) => Timestamp.FromDateTime(time);

    public static Start Start(this DateTime time) => new() { At = time.Stamp() };

    /// <summary>A second between <paramref name="from"/> and the end of what happened.</summary>
    public static DateTime After(this Dice dice, DateTime from) => from.AddSeconds(dice.Below((int)(End - from).TotalSeconds));

    public static DateTime Sometime(this Dice dice) => dice.After(First);
}
