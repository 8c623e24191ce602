using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Database;

/// <summary>Instants as ISO 8601 with up to nine decimals.</summary>
internal sealed class InstantConverter : JsonConverter<Instant>
{
    public override Instant Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        return reader.TokenType == JsonTokenType.String && !reader.ValueIsEscaped && InstantText.TryParse(reader.ValueSpan, out var instant)
            ? instant
            : throw new JsonException("not an instant");
    }

    public override void Write(Utf8JsonWriter writer, Instant value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}

/// <summary>Purposes as an array of their numbers.</summary>
internal sealed class PurposeSetConverter : JsonConverter<PurposeSet>
{
    public override PurposeSet Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var set = new PurposeSet();
        Names.RequireArray(ref reader);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out var number) || !PurposeSet.IsKnown(number))
            {
                throw new JsonException("not a purpose");
            }

            set = set.With((Purpose)number);
        }

        return set;
    }

    public override void Write(Utf8JsonWriter writer, PurposeSet value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (var purpose in value)
        {
            writer.WriteNumberValue((int)purpose);
        }

        writer.WriteEndArray();
    }
}

/// <summary>Channels as an array of their names, or ["ALL"], which means those not invented yet, too.</summary>
internal sealed class ChannelSetConverter : JsonConverter<ChannelSet>
{
    private static readonly byte[][] Known = Names.Of<Channel>();

    public override ChannelSet Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var set = new ChannelSet();
        Names.RequireArray(ref reader);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            set = reader.ValueSpan.SequenceEqual("ALL"u8) ? ChannelSet.All : set.With((Channel)Names.Find(Known, ref reader));
        }

        return set;
    }

    public override void Write(Utf8JsonWriter writer, ChannelSet value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        if (value == ChannelSet.All)
        {
            writer.WriteStringValue("ALL"u8);
        }
        else
        {
            foreach (var channel in value)
            {
                writer.WriteStringValue(Known[(int)channel]);
            }
        }

        writer.WriteEndArray();
    }
}

/// <summary>Data items as an array of their names.</summary>
internal sealed class ItemSetConverter : JsonConverter<ItemSet>
{
    private static readonly byte[][] Known = Names.Of<Item>();

    public override ItemSet Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var set = new ItemSet();
        Names.RequireArray(ref reader);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            set = set.With((Item)Names.Find(Known, ref reader));
        }

        return set;
    }

    public override void Write(Utf8JsonWriter writer, ItemSet value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (var item in value)
        {
            writer.WriteStringValue(Known[(int)item]);
        }

        writer.WriteEndArray();
    }
}

/// <summary>The names of a small vocabulary as UTF-8, by number.</summary>
internal static class Names
{
    public static byte[][] Of<T>()
        where T : struct, Enum
    {
        var values = Enum.GetValues<T>();
        var names = new byte[values.Max(value => Convert.ToInt32(value, null)) + 1][];
        Array.Fill(names, []);
        foreach (var value in values)
        {
            names[Convert.ToInt32(value, null)] = Encoding.UTF8.GetBytes(JsonNamingPolicy.SnakeCaseUpper.ConvertName(value.ToString()));
        }

        return names;
    }

    /// <summary>The number, from 1, of the name that the reader stands on.</summary>
    public static int Find(byte[][] names, ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.String && !reader.ValueIsEscaped)
        {
            for (var number = 1; number < names.Length; number++)
            {
                if (reader.ValueSpan.SequenceEqual(names[number]))
                {
                    return number;
                }
            }
        }

        throw new JsonException("not a name of this vocabulary");
    }

    public static void RequireArray(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("not an array");
        }
    }
}

/// <summary>Enums by their name in capitals, never by number.</summary>
internal sealed class NameConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseUpper, allowIntegerValues: false)
    where T : struct, Enum;
