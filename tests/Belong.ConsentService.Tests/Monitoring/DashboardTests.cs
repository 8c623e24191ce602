using System.Text.RegularExpressions;
using Belong.ConsentService.Testing.Prometheus;

namespace Belong.ConsentService.Tests.Monitoring;

/// <summary>Each query of the dashboard, and each series that an alert asks for, against a Prometheus that scraped a real run.</summary>
public sealed partial class DashboardTests(ScrapedRun run) : IClassFixture<ScrapedRun>
{
    [Fact]
    public async Task Each_query_of_the_dashboard_gives_a_number()
    {
        var panels = Dashboard.Read(MonitoringFiles.Dashboard).Panels;
        Assert.Equal(
            ["Is it answering", "Is it fresh", "Is it fast", "Why is it refusing", "Stores and feed"],
            panels.Where(panel => panel.Type == "row").Select(panel => panel.Title));
        foreach (var query in panels.SelectMany(panel => panel.Queries).Select(query => Dashboard.Fill(query.Expression, ScrapedRun.RateInterval)))
        {
            var series = await run.Prometheus.QueryAsync(query);
            Assert.True(IsRightlyEndless(query) || series.Any(one => double.IsFinite(one.Points[0].Value)), $"{query} gives no number");
        }
    }

    [Fact]
    public void Panels_lie_beside_each_other_and_each_says_what_it_is_for()
    {
        var panels = Dashboard.Read(MonitoringFiles.Dashboard).Panels;
        var places = new HashSet<(int X, int Y)>();
        foreach (var panel in panels)
        {
            Assert.InRange(panel.Place.X + panel.Place.Width, 1, 24);
            for (var cell = 0; cell < panel.Place.Width * panel.Place.Height; cell++)
            {
                Assert.True(places.Add((panel.Place.X + (cell % panel.Place.Width), panel.Place.Y + (cell / panel.Place.Width))), $"{panel.Title} lies on another panel");
            }
        }

        Assert.All(panels, panel => Assert.Contains(panel.Type, (string[])["row", "stat", "timeseries"]));
        Assert.All(panels.Where(panel => panel.Type != "row"), panel => Assert.NotEmpty(panel.Queries));
    }

    [Fact]
    public async Task Each_series_that_an_alert_asks_for_is_there()
    {
        var rules = await run.Prometheus.ReadRulesAsync();
        var selectors = rules.SelectMany(rule => SelectorPattern().Matches(rule.Query).Select(selector => selector.Value)).Distinct().ToList();
        Assert.True(selectors.Count > 15, "no selectors were found");
        foreach (var selector in selectors)
        {
            Assert.True((await run.Prometheus.QueryAsync(selector)).Count > 0, $"{selector} is nowhere");
        }
    }

    /// <summary>The way in which a bound is written is part of its label.</summary>
    [Fact]
    public async Task The_bound_of_the_objective_is_a_bucket_of_all_latencies()
    {
        foreach (var metric in (string[])["consent_rpc_seconds", "consent_check_seconds", "consent_redis_seconds", "consent_postgres_seconds"])
        {
            var count = await run.Prometheus.QueryAsync($"count({metric}_bucket{{le=\"0.005\"}})");
            Assert.True(count.Count == 1 && count[0].Points[0].Value > 0, metric);
        }
    }

    [Fact]
    public async Task In_a_healthy_run_no_alert_fires_or_is_about_to()
    {
        // Its first calls are slow, and the machine may be busy: how fast it is says nothing here.
        var alerts = await run.Prometheus.QueryAsync("ALERTS{alertname!='ConsentLatencyBudgetBurning'}");
        Assert.Empty(alerts.Select(alert => alert.Labels["alertname"]).Distinct());
        // That they were looked at at all.
        Assert.True((await run.Prometheus.ReadRulesAsync()).All(rule => rule.IsHealthy));
    }

    /// <summary>The run has no certificates, and nothing of them ends.</summary>
    private static bool IsRightlyEndless(string query) => query.Contains("consent_certificate_not_after_timestamp_seconds", StringComparison.Ordinal);

    [GeneratedRegex(@"\b(up|consent_[a-z_]+)(\{[^}]*\})?")]
    private static partial Regex SelectorPattern();
}
