using System.Security.Cryptography;
using System.Text;

namespace Belong.ConsentService.Chart.Tests.Rendering;

/// <summary>
/// What the chart renders, kept beside the tests, so that a change of the chart shows in what it renders, and so that it can be
/// tested where nothing renders. A hash of the chart tells when it was changed and not rendered again.
/// </summary>
internal static class RenderedFiles
{
    private const string SourceMark = "# Source: ";
    private const string DocumentMark = "\n---\n";

    private static string HashFile => Path.Combine(Repository.Rendered, "chart.sha256");

    public static string FileOf(ChartSetting setting) => Path.Combine(Repository.Rendered, $"{setting.Name}.yaml");

    public static string Read(ChartSetting setting) => File.ReadAllText(FileOf(setting));

    public static string ReadHash() => File.ReadAllText(HashFile).Trim();

    public static void WriteHash() => File.WriteAllText(HashFile, ComputeHash() + "\n");

    /// <summary>The documents of a file, each with the line that says which template it is of.</summary>
    public static IEnumerable<string> Split(string text) => ('\n' + text.Trim() + '\n').Split(DocumentMark).Select(document => document.Trim()).Where(document => document.Length > 0);

    /// <summary>In an order that does not depend on the renderer, without spaces at the ends of lines.</summary>
    public static string Normalise(string rendered)
    {
        var documents = Split(rendered).Select(TrimLines).OrderBy(document => document.Split('\n')[0], StringComparer.Ordinal).ThenBy(NameOf, StringComparer.Ordinal);
        return string.Concat(documents.Select(document => $"---\n{document}\n"));
    }

    /// <summary>Of all that what is rendered depends on.</summary>
    public static string ComputeHash()
    {
        var files = Directory.EnumerateFiles(Repository.Chart, "*", SearchOption.AllDirectories)
            .Where(file => !file.EndsWith(".md", StringComparison.Ordinal))
            .Select(file => (Name: Path.GetRelativePath(Repository.Chart, file), Content: File.ReadAllBytes(file)))
            .OrderBy(file => file.Name, StringComparer.Ordinal);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, content) in files)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{name}\n{content.Length}\n"));
            hash.AppendData(content);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string TrimLines(string document) => string.Join('\n', document.Split('\n').Select(line => line.TrimEnd()));

    private static string NameOf(string document)
    {
        Assert.StartsWith(SourceMark, document, StringComparison.Ordinal);
        var lines = document.Split('\n');
        return lines.First(line => line.StartsWith("kind: ", StringComparison.Ordinal)) + lines.First(line => line.StartsWith("  name: ", StringComparison.Ordinal));
    }
}
