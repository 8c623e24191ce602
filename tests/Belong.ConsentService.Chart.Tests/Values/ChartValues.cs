using System.Text.Json;
using System.Text.Json.Nodes;
using Belong.ConsentService.Chart.Tests.Reading;
using Belong.ConsentService.Chart.Tests.Rendering;
using Json.Schema;

namespace Belong.ConsentService.Chart.Tests.Values;

/// <summary>Values as helm puts them together, and the schema that they must keep to.</summary>
internal static class ChartValues
{
    public static JsonSchema Schema { get; } = JsonSchema.FromFile(Repository.Schema);

    public static JsonObject Of(ChartSetting setting) => Merge(ReadFile(Path.Combine(Repository.Chart, "values.yaml")), ReadFile(setting.ValuesFile));

    public static bool IsAllowed(JsonObject values) => Schema.Evaluate(JsonSerializer.SerializeToElement(values)).IsValid;

    /// <summary>An object with the value at the path, such as <c>serve.replicas</c>.</summary>
    public static JsonObject At(string path, string json) => path.Split('.').Reverse()
        .Aggregate(JsonNode.Parse(json), (inner, name) => new JsonObject { [name] = inner })!.AsObject();

    /// <summary>Key by key; null takes a key away.</summary>
    public static JsonObject Merge(JsonObject under, JsonObject over)
    {
        var merged = under.DeepClone().AsObject();
        foreach (var (name, value) in over)
        {
            if (value is null)
            {
                merged.Remove(name);
            }
            else
            {
                merged[name] = value is JsonObject inner && merged[name] is JsonObject own ? Merge(own, inner) : value.DeepClone();
            }
        }

        return merged;
    }

    private static JsonObject ReadFile(string file) => YamlJson.Read(File.ReadAllText(file))!.AsObject();
}
