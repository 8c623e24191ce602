using System.Text.Json;
using System.Text.Json.Nodes;

namespace Belong.ConsentService.Testing.Cases;

/// <summary>
/// Reads a folder of cases in the form of <c>spec/cases</c>: every JSON file but <c>defaults.json</c>
/// holds one case or an array of them. Without defaults of its own, those of the spec are used.
/// </summary>
public static class CaseFolder
{
    private const string DefaultsFile = "defaults.json";

    public static IReadOnlyList<DecisionCase> Load(string folder) => Load(folder, fault => throw fault);

    /// <param name="unreadable">Called for each case that cannot be read; the others are loaded all the same.</param>
    public static IReadOnlyList<DecisionCase> Load(string folder, Action<InvalidDataException> unreadable)
    {
        var defaults = LoadDefaults(folder);
        var cases = new List<DecisionCase>();
        foreach (var path in Directory.EnumerateFiles(folder, "*.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            if (Path.GetFileName(path) != DefaultsFile)
            {
                LoadFile(path, defaults, cases, unreadable);
            }
        }

        return cases;
    }

    private static void LoadFile(string path, JsonObject defaults, List<DecisionCase> cases, Action<InvalidDataException> unreadable)
    {
        var file = Path.GetFileName(path);
        var root = JsonNode.Parse(System.IO.File.ReadAllBytes(path))
            ?? throw new InvalidDataException($"{file} holds no case");
        IEnumerable<JsonNode?> nodes = root is JsonArray array ? array : [root];
        var index = 0;
        foreach (var node in nodes)
        {
            var name = $"{file}[{index++}]";
            try
            {
                cases.Add(Read(node as JsonObject ?? throw new InvalidDataException($"{name} is not an object"), defaults, file, name));
            }
            catch (InvalidDataException fault)
            {
                unreadable(fault);
            }
        }
    }

    private static DecisionCase Read(JsonObject node, JsonObject defaults, string file, string name)
    {
        try
        {
            return CaseReader.Read(node, CaseMerge.With(defaults, node), file);
        }
        catch (Exception fault) when (fault is InvalidDataException or InvalidOperationException or FormatException or JsonException)
        {
            throw new InvalidDataException($"{name} ({node["id"]}): {fault.Message}", fault);
        }
    }

    private static JsonObject LoadDefaults(string folder)
    {
        var path = Path.Combine(folder, DefaultsFile);
        using var stream = System.IO.File.Exists(path)
            ? System.IO.File.OpenRead(path)
            : typeof(CaseFolder).Assembly.GetManifestResourceStream(DefaultsFile)
                ?? throw new InvalidOperationException($"{DefaultsFile} is not embedded");
        return JsonNode.Parse(stream) as JsonObject ?? throw new InvalidDataException($"{DefaultsFile} is not an object");
    }
}
