using System.Text.Json.Nodes;
using Google.Protobuf.Reflection;

namespace Belong.ConsentService.Dev.OpenApi;

/// <summary>The schemas of the messages and enums that the paths reach.</summary>
internal sealed class OpenApiSchemas
{
    public const string Status = "Status";

    private const string TimestampName = "google.protobuf.Timestamp";

    private readonly SortedDictionary<string, JsonObject> _schemas = new(StringComparer.Ordinal);

    public static JsonObject Reference(string name) => new() { ["$ref"] = $"#/components/schemas/{name}" };

    /// <summary>What is asked is judged strictly: no other fields.</summary>
    public JsonObject Request(MessageDescriptor type)
    {
        Add(type);
        foreach (var name in NamesFrom(type, []))
        {
            _schemas[name]["additionalProperties"] = false;
        }

        return Reference(NameOf(type));
    }

    /// <summary>A newer service may add fields.</summary>
    public JsonObject Response(MessageDescriptor type)
    {
        Add(type);
        return Reference(NameOf(type));
    }

    public JsonObject Write()
    {
        var all = new JsonObject { [Status] = WriteStatus() };
        foreach (var (name, schema) in _schemas)
        {
            all[name] = schema;
        }

        return all;
    }

    private static string NameOf(DescriptorBase type) => type.FullName[(type.File.Package.Length + 1)..];

    private static HashSet<string> NamesFrom(MessageDescriptor type, HashSet<string> found)
    {
        if (type.FullName != TimestampName && found.Add(NameOf(type)))
        {
            foreach (var field in type.Fields.InDeclarationOrder().Where(field => field.FieldType == FieldType.Message))
            {
                NamesFrom(field.MessageType, found);
            }
        }

        return found;
    }

    private void Add(MessageDescriptor type)
    {
        if (type.FullName == TimestampName || !_schemas.TryAdd(NameOf(type), []))
        {
            return;
        }

        var schema = _schemas[NameOf(type)];
        schema["type"] = "object";
        var choices = type.Oneofs.Where(choice => !choice.IsSynthetic)
            .Select(choice => $"One of {string.Join(", ", choice.Fields.Select(field => field.JsonName))}.");
        if (string.Join('\n', choices.Prepend(ContractImage.CommentOf(type))).Trim() is { Length: > 0 } description)
        {
            schema["description"] = description;
        }

        var properties = new JsonObject();
        schema["properties"] = properties;
        foreach (var field in type.Fields.InDeclarationOrder())
        {
            properties[field.JsonName] = WriteField(field);
        }
    }

    private JsonObject WriteField(FieldDescriptor field)
    {
        var schema = field.IsRepeated ? new JsonObject { ["type"] = "array", ["items"] = WriteValue(field) } : WriteValue(field);
        if (ContractImage.CommentOf(field) is { Length: > 0 } comment)
        {
            schema["description"] = comment;
        }

        return schema;
    }

    private JsonObject WriteValue(FieldDescriptor field)
    {
        switch (field.FieldType)
        {
            case FieldType.Message when field.MessageType.FullName == TimestampName:
                return new JsonObject { ["type"] = "string", ["format"] = "date-time" };
            case FieldType.Message:
                Add(field.MessageType);
                return Reference(NameOf(field.MessageType));
            case FieldType.Enum:
                AddEnum(field.EnumType);
                return Reference(NameOf(field.EnumType));
            case FieldType.String:
                return new JsonObject { ["type"] = "string" };
            case FieldType.Bool:
                return new JsonObject { ["type"] = "boolean" };
            case FieldType.Int32:
                return new JsonObject { ["type"] = "integer", ["format"] = "int32" };
            case FieldType.Int64:
                return new JsonObject { ["type"] = "string", ["format"] = "int64" };
            default:
                throw new NotSupportedException($"{field.FullName} is of a kind that no path has had so far");
        }
    }

    private void AddEnum(EnumDescriptor type)
    {
        if (!_schemas.TryAdd(NameOf(type), []))
        {
            return;
        }

        var values = type.Values.Where(value => value.Number != 0).ToList();
        var told = values.Where(value => ContractImage.CommentOf(value).Length > 0).Select(value => $"{value.Name}: {ContractImage.CommentOf(value)}");
        var schema = _schemas[NameOf(type)];
        schema["type"] = "string";
        schema["description"] = string.Join('\n', told.Prepend(ContractImage.CommentOf(type))).Trim();
        schema["enum"] = new JsonArray([.. values.Select(value => (JsonNode)value.Name)]);
    }

    private static JsonObject WriteStatus() => new()
    {
        ["type"] = "object",
        ["description"] = "google.rpc.Status: why a call was refused.",
        ["properties"] = new JsonObject
        {
            ["code"] = new JsonObject { ["type"] = "integer", ["format"] = "int32", ["description"] = "The number of the gRPC status, such as 3 (INVALID_ARGUMENT)." },
            ["message"] = new JsonObject { ["type"] = "string", ["description"] = "One sentence that names the field, its value and what is allowed." },
            ["details"] = new JsonObject
            {
                ["type"] = "array",
                ["description"] = "google.rpc.ErrorInfo with the reason in capitals, and where they fit BadRequest with the field and RetryInfo with the time after which to ask again.",
                ["items"] = new JsonObject
                {
                    ["type"] = "object",
                    ["properties"] = new JsonObject { ["@type"] = new JsonObject { ["type"] = "string" } },
                },
            },
        },
    };
}
