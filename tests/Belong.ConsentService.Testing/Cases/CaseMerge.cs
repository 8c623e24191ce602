using System.Text.Json;
using System.Text.Json.Nodes;

namespace Belong.ConsentService.Testing.Cases;

/// <summary>Lays what a case states over the defaults, as <c>spec/README.md</c> says.</summary>
internal static class CaseMerge
{
    public static CaseJson With(JsonObject defaults, JsonObject stated) => new(
        Element(Over(defaults["system"], stated["system"])),
        Element(Over(defaults["policy"], stated["policy"])),
        Element(Member(defaults, stated)),
        Element(Vendors(defaults["vendors"] as JsonObject ?? [], stated)),
        Element(stated["request"] ?? new JsonObject()));

    private static JsonObject? Member(JsonObject defaults, JsonObject stated) =>
        stated.TryGetPropertyValue("member", out var member) && member is null ? null : Over(defaults["member"], member);

    /// <summary>The register holds exactly the vendors named, or the default ones when the case is silent.</summary>
    private static JsonObject Vendors(JsonObject defaults, JsonObject stated)
    {
        if (stated["vendors"] is not JsonObject named)
        {
            return (JsonObject)defaults.DeepClone();
        }

        var vendors = new JsonObject();
        foreach (var (id, vendor) in named)
        {
            var merged = Over(defaults[id], vendor);
            merged["id"] ??= id;
            vendors[id] = merged;
        }

        return vendors;
    }

    private static JsonObject Over(JsonNode? defaults, JsonNode? stated)
    {
        var merged = defaults is JsonObject ? (JsonObject)defaults.DeepClone() : [];
        foreach (var (key, value) in stated as JsonObject ?? [])
        {
            merged[key] = value?.DeepClone();
        }

        return merged;
    }

    private static JsonElement Element(JsonNode? node) => JsonSerializer.SerializeToElement(node);
}
