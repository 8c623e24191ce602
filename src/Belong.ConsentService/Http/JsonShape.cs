using System.Globalization;
using System.Text;
using System.Text.Json;
using Belong.ConsentService.Hosting;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;

namespace Belong.ConsentService.Http;

/// <summary>Whether JSON has the shape of a message: a field that is unknown, given twice or of another kind is refused by its path.</summary>
internal static class JsonShape
{
    private const int ShownLength = 80;

    /// <summary>Refuses by <see cref="Refusal.Field"/> what does not fit.</summary>
    public static void Check(JsonElement element, MessageDescriptor type) => CheckMessage(element, type, "body");

    /// <summary>The value, readable on one line whatever it holds.</summary>
    public static string Quote(string value, int shown = ShownLength)
    {
        var text = new StringBuilder("'");
        foreach (var c in value.AsSpan(0, Math.Min(shown, value.Length)))
        {
            text.Append(char.IsControl(c) || char.IsSurrogate(c) ? '?' : c);
        }

        return text.Append(value.Length > shown ? "…'" : "'").ToString();
    }

    private static void CheckMessage(JsonElement element, MessageDescriptor type, string path)
    {
        if (type.FullName == Timestamp.Descriptor.FullName)
        {
            CheckTimestamp(element, path);
            return;
        }

        if (element.ValueKind != JsonValueKind.Object)
        {
            throw Refusal.Field(path, Describe(element), $"an object is required, a {type.Name}");
        }

        var seen = new HashSet<object>();
        foreach (var property in element.EnumerateObject())
        {
            var field = FindField(type, property, path);
            var name = path == "body" ? field.Name : $"{path}.{field.Name}";
            if (!seen.Add(field))
            {
                throw Refusal.Field(name, "given twice", "once is allowed");
            }

            if (field.RealContainingOneof is { } choice && !seen.Add(choice))
            {
                throw Refusal.Field(name, "given beside another", $"one of {string.Join(", ", choice.Fields.Select(other => other.JsonName))} is allowed");
            }

            CheckField(property.Value, field, name);
        }
    }

    private static FieldDescriptor FindField(MessageDescriptor type, JsonProperty property, string path)
    {
        var name = TextOf(() => property.Name, path);
        return type.Fields.InDeclarationOrder().FirstOrDefault(field => field.JsonName == name || field.Name == name)
            ?? throw Refusal.Field($"{(path == "body" ? "" : path + ".")}{Quote(name)}", "unknown", Allowed(type));
    }

    private static string Allowed(MessageDescriptor type) => type.Fields.InDeclarationOrder() is { Count: > 0 } fields
        ? $"{string.Join(", ", fields.Select(field => field.JsonName))} {(fields.Count == 1 ? "is" : "are")} allowed in {type.Name}"
        : $"{type.Name} has no field";

    private static void CheckField(JsonElement value, FieldDescriptor field, string path)
    {
        if (!field.IsRepeated)
        {
            CheckValue(value, field, path);
            return;
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            throw Refusal.Field(path, Describe(value), "a list is required");
        }

        var i = 0;
        foreach (var entry in value.EnumerateArray())
        {
            CheckValue(entry, field, string.Create(CultureInfo.InvariantCulture, $"{path}[{i++}]"));
        }
    }

    private static void CheckValue(JsonElement value, FieldDescriptor field, string path)
    {
        switch (field.FieldType)
        {
            case FieldType.Message:
                CheckMessage(value, field.MessageType, path);
                break;
            case FieldType.Enum:
                CheckEnum(value, field.EnumType, path);
                break;
            case FieldType.String:
                Require(value.ValueKind == JsonValueKind.String, value, path, "a text is required");
                TextOf(value.GetString, path);
                break;
            case FieldType.Bool:
                Require(value.ValueKind is JsonValueKind.True or JsonValueKind.False, value, path, "true or false is required");
                break;
            case FieldType.Int32:
                Require(value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out _), value, path, "a whole number of 32 bits is required");
                break;
            case FieldType.Int64:
                Require(IsInt64(value, path), value, path, "a whole number of 64 bits is required");
                break;
            default:
                throw new NotSupportedException($"{field.FullName} is of a kind that no request has had so far");
        }
    }

    private static bool IsInt64(JsonElement value, string path) => value.ValueKind == JsonValueKind.Number
        ? value.TryGetInt64(out _)
        : value.ValueKind == JsonValueKind.String && long.TryParse(TextOf(value.GetString, path), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _);

    /// <summary>A number that is not known is refused by the service, as over gRPC.</summary>
    private static void CheckEnum(JsonElement value, EnumDescriptor type, string path)
    {
        var isKnown = value.ValueKind switch
        {
            JsonValueKind.Number => value.TryGetInt32(out _),
            JsonValueKind.String => type.FindValueByName(TextOf(value.GetString, path)) is not null,
            _ => false,
        };
        Require(isKnown, value, path, $"one of {string.Join(", ", type.Values.Where(known => known.Number != 0).Select(known => known.Name))} is required");
    }

    private static void CheckTimestamp(JsonElement value, string path)
    {
        const string required = "an instant such as \"2026-04-01T00:00:00Z\" is required";
        Require(value.ValueKind == JsonValueKind.String, value, path, required);
        var text = TextOf(value.GetString, path);
        Require(text.AsSpan().IndexOfAnyExceptInRange(' ', '~') < 0 && !text.AsSpan().ContainsAny('"', '\\'), value, path, required);
        try
        {
            JsonParser.Default.Parse<Timestamp>($"\"{text}\"");
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or InvalidJsonException or ArgumentException)
        {
            throw Refusal.Field(path, Describe(value), required);
        }
    }

    private static void Require(bool isGood, JsonElement value, string path, string required)
    {
        if (!isGood)
        {
            throw Refusal.Field(path, Describe(value), required);
        }
    }

    private static string Describe(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => Quote(TextOf(value.GetString, "body")),
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.Null => "null",
        _ => Quote(value.GetRawText()),
    };

    /// <summary>Bytes and escapes can stand for what is no character, which shows only when the text is read.</summary>
    private static string TextOf(Func<string?> read, string path)
    {
        try
        {
            return read()!;
        }
        catch (InvalidOperationException)
        {
            throw Refusal.Field(path, "a text that is no Unicode", "characters in UTF-8 and whole surrogate pairs are required");
        }
    }
}
