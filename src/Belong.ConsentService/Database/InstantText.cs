using System.Text;
using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Database;

/// <summary>Reads stored instants several times as fast as the general parser: a rebuild reads millions.</summary>
internal static class InstantText
{
    private const string Form = "dddd-dd-ddTdd:dd:ddZ";

    public static bool TryParse(ReadOnlySpan<byte> utf8, out Instant instant)
    {
        if (!IsWholeSecond(utf8))
        {
            return TryParseAny(utf8, out instant);
        }

        instant = default;
        var (year, month, day) = (Number(utf8[..4]), Number(utf8[5..7]), Number(utf8[8..10]));
        var (hour, minute, second) = (Number(utf8[11..13]), Number(utf8[14..16]), Number(utf8[17..19]));
        var isInRange = year is >= 1700 and <= 2250 && month is >= 1 and <= 12 && day >= 1 && day <= DateTime.DaysInMonth(year, month)
            && hour < 24 && minute < 60 && second < 60;
        if (!isInRange)
        {
            return false;
        }

        instant = Instant.FromDateTime(new DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc));
        return true;
    }

    private static bool IsWholeSecond(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length != Form.Length)
        {
            return false;
        }

        for (var i = 0; i < utf8.Length; i++)
        {
            if (Form[i] == 'd' ? !char.IsAsciiDigit((char)utf8[i]) : utf8[i] != Form[i])
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryParseAny(ReadOnlySpan<byte> utf8, out Instant instant)
    {
        Span<char> text = stackalloc char[40];
        instant = default;
        return utf8.Length <= text.Length && Instant.TryParse(text[..Encoding.ASCII.GetChars(utf8, text)], out instant);
    }

    private static int Number(ReadOnlySpan<byte> digits)
    {
        var number = 0;
        foreach (var digit in digits)
        {
            number = (number * 10) + (digit - '0');
        }

        return number;
    }
}
