using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using k8s;
using k8s.Models;

namespace Belong.ConsentService.Chart.Tests.Reading;

/// <summary>
/// Reads an object of Kubernetes into the type of the client library, twice: as YAML by the library's strict reader, and as JSON,
/// where a number for a text is refused too, as the API does. Unknown fields, fields that stand twice and unknown kinds are refused.
/// </summary>
internal static class StrictReader
{
    private static readonly Dictionary<string, Type> OtherKinds = new()
    {
        ["monitoring.coreos.com/v1/ServiceMonitor"] = typeof(ServiceMonitor),
        ["monitoring.coreos.com/v1/PrometheusRule"] = typeof(PrometheusRule),
    };

    private static readonly Dictionary<string, Type> Kinds = FindKinds();

    private static readonly JsonSerializerOptions Strict = new()
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    public static IKubernetesObject<V1ObjectMeta> Read(string yaml)
    {
        var fromYaml = Assert.Single(KubernetesYaml.LoadAllFromString(yaml, OtherKinds, strict: true));
        var json = YamlJson.Read(yaml)!;
        var kind = $"{json["apiVersion"]}/{json["kind"]}";
        var fromJson = (IKubernetesObject<V1ObjectMeta>)json.Deserialize(Kinds[kind], Strict)!;
        // And both readings hold all that was written: nothing was read as something else.
        AssertKept(json, JsonSerializer.SerializeToNode(fromJson, fromJson.GetType(), Strict), kind);
        AssertKept(json, JsonSerializer.SerializeToNode(fromYaml, fromYaml.GetType(), Strict), kind);
        return fromJson;
    }

    /// <summary>What was written must be in what was read; the types may add fields that were left out.</summary>
    private static void AssertKept(JsonNode? written, JsonNode? read, string path)
    {
        switch (written)
        {
            case JsonObject fields:
                foreach (var (name, value) in fields)
                {
                    AssertKept(value, (read as JsonObject)?[name], $"{path}.{name}");
                }

                break;
            case JsonArray list:
                Assert.True(read is JsonArray same && same.Count == list.Count, $"{path} has {list.Count} elements, and was read as {read}");
                for (var i = 0; i < list.Count; i++)
                {
                    AssertKept(list[i], read![i], $"{path}[{i}]");
                }

                break;
            default:
                Assert.True(JsonNode.DeepEquals(written, read), $"{path} is {written?.ToJsonString()}, and was read as {read?.ToJsonString()}");
                break;
        }
    }

    private static Dictionary<string, Type> FindKinds()
    {
        var kinds = new Dictionary<string, Type>(OtherKinds);
        foreach (var type in typeof(V1Pod).Assembly.GetTypes())
        {
            foreach (var attribute in type.GetCustomAttributes(typeof(KubernetesEntityAttribute), inherit: true).Cast<KubernetesEntityAttribute>())
            {
                kinds.TryAdd(string.IsNullOrEmpty(attribute.Group) ? $"{attribute.ApiVersion}/{attribute.Kind}" : $"{attribute.Group}/{attribute.ApiVersion}/{attribute.Kind}", type);
            }
        }

        return kinds;
    }
}
