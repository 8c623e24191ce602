using System.Buffers;
using System.Globalization;
using System.Text;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Rules;
using Google.Protobuf.WellKnownTypes;
using V1 = Belong.Consent.V1;

namespace Belong.ConsentService.Registry;

/// <summary>
/// What a single field must satisfy. A field is named by where it stands (<c>changes[3]</c>, or nothing)
/// and its name there, so that a name is put together only when it is refused.
/// </summary>
internal static class Require
{
    public const int MaxListed = 100;
    private const int MaxShown = 80;
    private static readonly SearchValues<char> Printable = SearchValues.Create(Enumerable.Range(' ', 95).Select(code => (char)code).ToArray());

    public static void Id(string at, string name, string value)
    {
        if (value.Length is 0 or > 64 || value.AsSpan().ContainsAnyExcept(Printable))
        {
            throw Refuse(at, name, Show(value), "an id is 1 to 64 bytes of printable ASCII");
        }
    }

    public static void OptionalId(string at, string name, string value)
    {
        if (value.Length > 0)
        {
            Id(at, name, value);
        }
    }

    public static void Ids(string at, string name, IList<string> values, int min)
    {
        Count(at, name, values.Count, min, MaxListed);
        for (var i = 0; i < values.Count; i++)
        {
            if (values[i].Length is 0 or > 64 || values[i].AsSpan().ContainsAnyExcept(Printable))
            {
                throw Refuse(at, $"{name}[{i}]", Show(values[i]), "an id is 1 to 64 bytes of printable ASCII");
            }
        }
    }

    /// <summary>A reference that shows something: blanks show nothing.</summary>
    public static void Evidence(string at, string name, string value)
    {
        Id(at, name, value);
        if (string.IsNullOrWhiteSpace(value))
        {
            throw Refuse(at, name, Show(value), "the reference of the evidence is required");
        }
    }

    public static void Text(string at, string name, string value, int minBytes, int maxBytes)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        if (length < minBytes || length > maxBytes)
        {
            throw Refuse(at, name, $"{Show(value)} ({Number(length)} bytes)", $"{Number(minBytes)} to {Number(maxBytes)} bytes are allowed");
        }

        foreach (var character in value)
        {
            if (char.IsControl(character) && character is not ('\n' or '\r' or '\t'))
            {
                throw Refuse(at, name, Show(value), "control characters are not allowed");
            }
        }
    }

    /// <summary>A list of a closed vocabulary with the numbers 1 to <paramref name="last"/>.</summary>
    public static void Known<T>(string at, string name, IList<T> values, int min, int last, string noun)
        where T : struct, System.Enum
    {
        Count(at, name, values.Count, min, MaxListed);
        for (var i = 0; i < values.Count; i++)
        {
            var number = NumberOf(values[i]);
            if (number < 1 || number > last)
            {
                throw Refuse(at, $"{name}[{i}]", Number(number), $"{noun} is a number from 1 to {Number(last)}");
            }
        }
    }

    public static void Known<T>(string at, string name, T value, int last, string noun)
        where T : struct, System.Enum
    {
        var number = NumberOf(value);
        if (number < 1 || number > last)
        {
            throw Refuse(at, name, Number(number), $"{noun} is required, a number from 1 to {Number(last)}");
        }
    }

    public static void Count(string at, string name, int count, int min, int max)
    {
        if (count < min || count > max)
        {
            throw Refuse(at, name, $"a list of {Number(count)}", $"{Number(min)} to {Number(max)} entries are allowed");
        }
    }

    /// <summary>An instant that may be left out.</summary>
    public static void Instant(string at, string name, Timestamp? value)
    {
        if (value is null)
        {
            return;
        }

        var isInRange = value.Seconds >= Rules.Instant.Earliest.UnixSeconds && value.Seconds < Rules.Instant.End.UnixSeconds
            && value.Nanos is >= 0 and <= 999_999_999;
        if (!isInRange)
        {
            throw Refuse(at, name, $"{Number(value.Seconds)} s and {Number(value.Nanos)} ns since 1970",
                "an instant lies between 1900-01-01T00:00:00Z and 2200-01-01T00:00:00Z");
        }
    }

    public static void Start(string at, string name, V1.Start? start)
    {
        if (start?.StartCase == V1.Start.StartOneofCase.At)
        {
            Instant(at, name + ".at", start.At);
        }
        else if (start?.StartCase == V1.Start.StartOneofCase.Unknown && !start.Unknown)
        {
            throw Refuse(at, name + ".unknown", "false", "give true, or an instant, or leave the start out");
        }
    }

    /// <summary>A start without which the fact would say nothing.</summary>
    public static void KnownStart(string at, string name, V1.Start? start, string noun)
    {
        if (start is { StartCase: V1.Start.StartOneofCase.Unknown })
        {
            throw Refuse(at, name + ".unknown", start.Unknown ? "true" : "false", $"the time of {noun} must be known");
        }

        Start(at, name, start);
    }

    /// <summary>Both ends inclusive; either may be left out.</summary>
    public static void Period(string at, string fromName, Timestamp? from, string toName, Timestamp? to, string noun)
    {
        Instant(at, fromName, from);
        Instant(at, toName, to);
        if (from is not null && to is not null && Times.ToInstant(to) < Times.ToInstant(from))
        {
            throw Refuse(at, toName, Times.ToInstant(to).ToString(), $"{noun} must not end before it begins at {Times.ToInstant(from)}");
        }
    }

    public static Grpc.Core.RpcException Refuse(string at, string name, string value, string allowed) =>
        Refusal.Field(at.Length == 0 ? name : $"{at}.{name}", value, allowed);

    /// <summary>The value as a sentence can carry it.</summary>
    public static string Show(string value)
    {
        var shown = new StringBuilder("\"");
        foreach (var character in value.AsSpan(0, Math.Min(value.Length, MaxShown)))
        {
            if (char.IsControl(character) || char.IsSurrogate(character))
            {
                shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
            }
            else
            {
                shown.Append(character);
            }
        }

        return shown.Append(value.Length > MaxShown ? "…\"" : "\"").ToString();
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Enums of protobuf are 32 bits wide.</summary>
    private static int NumberOf<T>(T value)
        where T : struct, System.Enum => System.Runtime.CompilerServices.Unsafe.As<T, int>(ref value);
}
