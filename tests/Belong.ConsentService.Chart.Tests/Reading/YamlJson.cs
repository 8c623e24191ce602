using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.RepresentationModel;

namespace Belong.ConsentService.Chart.Tests.Reading;

/// <summary>
/// YAML as Kubernetes and helm read it: what is not quoted may be a number, a truth value or nothing, also where a text is meant.
/// </summary>
internal static class YamlJson
{
    private static readonly HashSet<string> Nulls = ["", "~", "null", "Null", "NULL"];
    private static readonly HashSet<string> Trues = new(["true", "yes", "on", "y"], StringComparer.OrdinalIgnoreCase);
    private static readonly HashSet<string> Falses = new(["false", "no", "off", "n"], StringComparer.OrdinalIgnoreCase);

    /// <summary>The one document.</summary>
    public static JsonNode? Read(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        return Convert(Assert.Single(stream.Documents).RootNode);
    }

    private static JsonNode? Convert(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(child => KeyValuePair.Create(((YamlScalarNode)child.Key).Value!, Convert(child.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(Convert)]),
        YamlScalarNode { Style: YamlDotNet.Core.ScalarStyle.Plain } scalar => Resolve(scalar.Value!),
        YamlScalarNode scalar => JsonValue.Create(scalar.Value),
        _ => throw new InvalidOperationException($"{node.NodeType} is not expected"),
    };

    private static JsonValue? Resolve(string plain) =>
        Nulls.Contains(plain) ? null
        : Trues.Contains(plain) ? JsonValue.Create(true)
        : Falses.Contains(plain) ? JsonValue.Create(false)
        : plain.StartsWith("0x", StringComparison.Ordinal) && long.TryParse(plain.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hex) ? JsonValue.Create(hex)
        : long.TryParse(plain, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? JsonValue.Create(whole)
        : double.TryParse(plain, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? JsonValue.Create(number)
        : JsonValue.Create(plain);
}
