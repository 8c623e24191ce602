using System.Text.Json;
using System.Text.RegularExpressions;

namespace Belong.ConsentService.Chart.Tests.Service;

/// <summary>What the image that the Dockerfile makes brings along, by its last stage.</summary>
internal static partial class ImageFile
{
    private static readonly string[] Lines = Continuation().Replace(File.ReadAllText(Repository.Dockerfile), " ").Split('\n');

    /// <summary>The variables, under those of the pod.</summary>
    public static Dictionary<string, string> Variables => Of("ENV").Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Select(word => word.Split('=', 2)).ToDictionary(word => word[0], word => word[1]);

    public static string[] EntryPoint => JsonSerializer.Deserialize<string[]>(Of("ENTRYPOINT"))!;

    /// <summary>The ports that it tells of.</summary>
    public static IEnumerable<string> Ports => Of("EXPOSE").Split(' ');

    public static string User => Of("USER");

    /// <summary>What an instruction says that stands once in the last stage.</summary>
    private static string Of(string instruction) =>
        Assert.Single(Lines[Array.FindLastIndex(Lines, line => line.StartsWith("FROM ", StringComparison.Ordinal))..], line => line.StartsWith(instruction + ' ', StringComparison.Ordinal))[(instruction.Length + 1)..].Trim();

    [GeneratedRegex(@"\\\n")]
    private static partial Regex Continuation();
}
