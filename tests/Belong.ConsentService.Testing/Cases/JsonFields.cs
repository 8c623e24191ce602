using System.Globalization;
using System.Text.Json;
using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Testing.Cases;

/// <summary>Reading facts from JSON: a field that is missing or null has no value.</summary>
public static class JsonFields
{
    public static JsonElement? Field(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null
            ? value
            : null;

    public static string? Text(this JsonElement element, string name) => element.Field(name)?.GetString();

    public static bool Flag(this JsonElement element, string name) => element.Field(name)?.GetBoolean() ?? false;

    public static Instant? Time(this JsonElement element, string name)
    {
        if (element.Field(name) is not { } value)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.String && TryParseInstant(value.GetString()!, out var instant)
            ? instant
            : throw new InvalidDataException($"{name} is {value.GetRawText()}, not an instant");
    }

    /// <summary>One or many: a list, a single value, or none.</summary>
    public static IEnumerable<JsonElement> Each(this JsonElement element, string name) => element.Field(name) switch
    {
        null => [],
        { ValueKind: JsonValueKind.Array } list => list.EnumerateArray().Where(entry => entry.ValueKind != JsonValueKind.Null),
        { } single => [single],
    };

    public static T Value<T>(this JsonElement element, string name, SpecNames<T> names, T fallback)
        where T : struct, Enum =>
        element.Text(name) is not { } text ? fallback
        : names.TryParse(text, out var value) ? value
        : throw new InvalidDataException($"{name} is {text}, which is none of {names}");

    /// <summary>The default, which no rule knows and nothing rests on, where the name is unknown.</summary>
    public static T Known<T>(this JsonElement element, string name, SpecNames<T> names)
        where T : struct, Enum =>
        element.Field(name) is { ValueKind: JsonValueKind.String } text && names.TryParse(text.GetString()!, out var value) ? value : default;

    public static PurposeSet Purposes(this JsonElement element, string name)
    {
        var set = new PurposeSet();
        foreach (var entry in element.Each(name))
        {
            if (entry.ValueKind == JsonValueKind.Number && entry.TryGetInt32(out var number) && PurposeSet.IsKnown(number))
            {
                set = set.With((Purpose)number);
            }
        }

        return set;
    }

    public static ItemSet Items(this JsonElement element, string name)
    {
        var set = new ItemSet();
        foreach (var entry in element.Each(name))
        {
            if (SpecNames.Items.TryParse(entry.GetString()!, out var item))
            {
                set = set.With(item);
            }
        }

        return set;
    }

    public static ChannelSet Channels(this JsonElement element, string name)
    {
        var set = new ChannelSet();
        foreach (var entry in element.Each(name))
        {
            if (SpecNames.Channels.TryParse(entry.GetString()!, out var channel))
            {
                set = set.With(channel);
            }
        }

        return set;
    }

    /// <summary>
    /// ISO 8601 with any fraction and offset, UTC where none is given. What lies outside of the
    /// instants that may be stated becomes the first or the last of them.
    /// </summary>
    public static bool TryParseInstant(string text, out Instant instant)
    {
        instant = default;
        var fraction = text.IndexOf('.', StringComparison.Ordinal);
        var fractionEnd = fraction < 0 ? -1 : fraction + 1;
        while (fractionEnd > 0 && fractionEnd < text.Length && char.IsAsciiDigit(text[fractionEnd]))
        {
            fractionEnd++;
        }

        var whole = fraction < 0 ? text : text[..fraction] + text[fractionEnd..];
        if (!DateTime.TryParse(whole, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var seconds))
        {
            return false;
        }

        var earliest = Instant.Earliest.ToDateTime();
        var latest = Instant.End.ToDateTime().AddSeconds(-1);
        var nanoseconds = fraction < 0 ? 0 : int.Parse(text[(fraction + 1)..fractionEnd].PadRight(9, '0')[..9], CultureInfo.InvariantCulture);
        instant = seconds < earliest ? Instant.Earliest
            : seconds > latest ? Instant.FromDateTime(latest)
            : new Instant(Instant.FromDateTime(seconds).UnixNanoseconds + nanoseconds);
        return true;
    }
}
