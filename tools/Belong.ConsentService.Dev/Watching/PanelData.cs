using System.Text.RegularExpressions;
using Belong.ConsentService.Testing.Prometheus;

namespace Belong.ConsentService.Dev.Watching;

/// <summary>A panel with what its queries gave over a time.</summary>
/// <param name="Lines">For a stat, its last value alone counts.</param>
internal sealed partial record PanelData(DashboardPanel Panel, IReadOnlyList<PanelLine> Lines)
{
    /// <summary>The last number, as a stat shows it; null when there is none.</summary>
    public double? Last => Lines.Count == 0 || Lines[0].Points.Count == 0 ? null : Lines[0].Points[^1].Value;

    public static async Task<PanelData> ReadAsync(PrometheusServer prometheus, DashboardPanel panel, DateTimeOffset from, DateTimeOffset to, TimeSpan step, TimeSpan rateInterval)
    {
        var lines = new List<PanelLine>();
        foreach (var query in panel.Queries)
        {
            var series = await prometheus.QueryRangeAsync(Dashboard.Fill(query.Expression, rateInterval), from, to, step);
            lines.AddRange(series.Select(one => new PanelLine(NameOf(query.Legend, one.Labels), one.Points)));
        }

        return new PanelData(panel, lines);
    }

    private static string NameOf(string legend, IReadOnlyDictionary<string, string> labels) =>
        LabelPattern().Replace(legend, label => labels.GetValueOrDefault(label.Groups[1].Value, ""));

    [GeneratedRegex(@"\{\{(\w+)\}\}")]
    private static partial Regex LabelPattern();
}

internal sealed record PanelLine(string Name, IReadOnlyList<PromPoint> Points);
