using System.Text.RegularExpressions;

namespace Belong.ConsentService.Tests.Monitoring;

/// <summary>The metrics and their labels, as a page of them and as a service tells them: <c>name{label,label}</c>.</summary>
internal static partial class MetricNames
{
    /// <summary>Of the tables of docs/metrics.md.</summary>
    public static List<string> ReadDocumented() =>
        [.. RowPattern().Matches(File.ReadAllText(MonitoringFiles.MetricsPage)).Select(row => row.Groups["metric"].Value)];

    /// <summary>Of a page in Prometheus' text format; a histogram counts as one, without its bounds.</summary>
    public static List<string> ReadExposed(string page)
    {
        var exposed = new Dictionary<string, string[]>(StringComparer.Ordinal);
        var name = "";
        foreach (var line in page.Split('\n'))
        {
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                name = line.Split(' ')[2];
            }
            else if (SamplePattern().Match(line) is { Success: true } sample)
            {
                exposed[name] = [.. LabelPattern().Matches(sample.Groups["labels"].Value).Select(label => label.Groups[1].Value).Where(label => label != "le")];
            }
        }

        return [.. exposed.Select(metric => metric.Value.Length == 0 ? metric.Key : $"{metric.Key}{{{string.Join(',', metric.Value)}}}")];
    }

    public static string NameOf(string metric) => metric.Split('{')[0];

    [GeneratedRegex(@"^\| `(?<metric>[a-z_]+(\{[a-z_,]+\})?)` \|", RegexOptions.Multiline)]
    private static partial Regex RowPattern();

    [GeneratedRegex(@"^[a-z_]+(\{(?<labels>.*)\})? [^ ]+$")]
    private static partial Regex SamplePattern();

    [GeneratedRegex("([a-z_]+)=\"")]
    private static partial Regex LabelPattern();
}
