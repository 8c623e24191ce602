using System.Text.RegularExpressions;
using Belong.ConsentService.Testing.Prometheus;

namespace Belong.ConsentService.Tests.Monitoring;

/// <summary>Each alert is sound, is tested to fire and not to fire, and has a page that says what to do.</summary>
public sealed partial class AlertTests
{
    private static readonly string[] Headings = ["## What it means", "## How to see it", "## What to do", "## When it is over"];

    [Fact]
    public async Task Promtool_has_no_complaint_of_the_rules()
    {
        var result = await Promtool.RunAsync(["check", "rules", MonitoringFiles.Alerts]);
        Assert.True(result.ExitCode == 0, result.Output);
    }

    [Fact]
    public async Task Each_alert_fires_when_it_must_and_not_when_it_must_not()
    {
        var result = await Promtool.RunAsync(["test", "rules", .. Directory.EnumerateFiles(MonitoringFiles.AlertTests)]);
        Assert.True(result.ExitCode == 0, result.Output);
    }

    [Fact]
    public async Task Each_alert_has_a_test_of_both_kinds_and_a_runbook_and_no_runbook_or_test_is_left_over()
    {
        var alerts = (await ReadRulesAsync()).Where(rule => rule.IsAlert).ToList();
        var names = alerts.Select(alert => alert.Name).Distinct().Order(StringComparer.Ordinal).ToList();
        Assert.Equal(names, FilesOf(MonitoringFiles.Runbooks, "*.md"));
        Assert.Equal(names, FilesOf(MonitoringFiles.AlertTests, "*.yaml"));
        Assert.All(alerts, alert =>
        {
            Assert.Equal($"docs/runbooks/{alert.Name}.md", alert.Annotations["runbook"]);
            Assert.NotEmpty(alert.Annotations["summary"]);
            Assert.Contains(alert.Labels["severity"], (string[])["page", "ticket"]);
            var page = File.ReadAllText(Path.Combine(MonitoringFiles.Runbooks, $"{alert.Name}.md"));
            Assert.StartsWith($"# {alert.Name}\n", page, StringComparison.Ordinal);
            Assert.All(Headings, heading => Assert.Contains($"\n{heading}\n", page, StringComparison.Ordinal));
            var test = File.ReadAllText(Path.Combine(MonitoringFiles.AlertTests, $"{alert.Name}.yaml"));
            Assert.All(NamePattern().Matches(test), tested => Assert.Equal(alert.Name, tested.Groups[1].Value));
            Assert.Contains("exp_alerts: []", test, StringComparison.Ordinal);
            Assert.Contains($"exp_labels: {{ severity: {alert.Labels["severity"]}", test, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Alerts_rest_on_metrics_of_the_page_and_on_ratios_of_their_own()
    {
        var rules = await ReadRulesAsync();
        var known = MetricNames.ReadDocumented().Select(MetricNames.NameOf).ToHashSet();
        var recorded = rules.Where(rule => !rule.IsAlert).Select(rule => rule.Name).ToHashSet();
        foreach (var rule in rules)
        {
            Assert.All(MetricPattern().Matches(rule.Query), metric =>
                Assert.True(known.Contains(metric.Value) || known.Contains(SuffixPattern().Replace(metric.Value, "")), $"{rule.Name} asks for {metric.Value}"));
            Assert.All(RatioPattern().Matches(rule.Query), ratio => Assert.Contains(ratio.Value, recorded));
        }
    }

    [Fact]
    public async Task The_pages_name_no_metric_that_is_not_there()
    {
        var known = MetricNames.ReadDocumented().Select(MetricNames.NameOf).ToHashSet();
        foreach (var file in Directory.EnumerateFiles(MonitoringFiles.Runbooks).Append(MonitoringFiles.MetricsPage))
        {
            Assert.All(MetricPattern().Matches(await File.ReadAllTextAsync(file)), metric => Assert.True(known.Contains(metric.Value), $"{file} tells of {metric.Value}"));
        }
    }

    private static async Task<IReadOnlyList<PromRule>> ReadRulesAsync()
    {
        await using var prometheus = await PrometheusServer.StartAsync([], TimeSpan.FromSeconds(1), [MonitoringFiles.Alerts]);
        return await prometheus.ReadRulesAsync();
    }

    private static IEnumerable<string?> FilesOf(string folder, string pattern) =>
        Directory.EnumerateFiles(folder, pattern).Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal);

    [GeneratedRegex(@"alertname: (\w+)")]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"\bconsent_[a-z_]*[a-z]\b")]
    private static partial Regex MetricPattern();

    [GeneratedRegex("_(bucket|count|sum)$")]
    private static partial Regex SuffixPattern();

    [GeneratedRegex(@"\bconsent:[a-z0-9_:]+")]
    private static partial Regex RatioPattern();
}
