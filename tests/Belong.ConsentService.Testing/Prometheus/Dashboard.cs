using System.Globalization;
using System.Text.Json;

namespace Belong.ConsentService.Testing.Prometheus;

/// <summary>A dashboard of Grafana, as far as its panels can be asked and drawn without it.</summary>
public sealed record Dashboard(string Title, IReadOnlyList<DashboardPanel> Panels)
{
    /// <summary>What Grafana puts in place of its variable.</summary>
    private const string RateInterval = "$__rate_interval";

    public static Dashboard Read(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(file));
        var root = document.RootElement;
        return new Dashboard(root.GetProperty("title").GetString()!, [.. root.GetProperty("panels").EnumerateArray().Select(ReadPanel)]);
    }

    /// <summary>The query with its variable filled in.</summary>
    public static string Fill(string query, TimeSpan rateInterval) =>
        query.Replace(RateInterval, string.Create(CultureInfo.InvariantCulture, $"{rateInterval.TotalSeconds:F0}s"), StringComparison.Ordinal);

    private static DashboardPanel ReadPanel(JsonElement panel)
    {
        var grid = panel.GetProperty("gridPos");
        var title = panel.GetProperty("title").GetString()!;
        var type = panel.GetProperty("type").GetString()!;
        var place = new PanelPlace(grid.GetProperty("x").GetInt32(), grid.GetProperty("y").GetInt32(), grid.GetProperty("w").GetInt32(), grid.GetProperty("h").GetInt32());
        if (type == "row")
        {
            return new DashboardPanel(title, type, place, "", [], [], null, IsLog: false, IsStacked: false, AreThresholdsDrawn: false);
        }

        var defaults = panel.GetProperty("fieldConfig").GetProperty("defaults");
        var hasCustom = defaults.TryGetProperty("custom", out var custom);
        return new DashboardPanel(
            title,
            type,
            place,
            defaults.GetProperty("unit").GetString()!,
            [.. panel.GetProperty("targets").EnumerateArray().Select(target => new PanelQuery(target.GetProperty("expr").GetString()!, target.GetProperty("legendFormat").GetString()!))],
            [.. defaults.GetProperty("thresholds").GetProperty("steps").EnumerateArray().Select(ReadStep)],
            defaults.TryGetProperty("decimals", out var decimals) ? decimals.GetInt32() : null,
            hasCustom && custom.GetProperty("scaleDistribution").GetProperty("type").GetString() == "log",
            hasCustom && custom.GetProperty("stacking").GetProperty("mode").GetString() == "normal",
            hasCustom && custom.GetProperty("thresholdsStyle").GetProperty("mode").GetString() == "line");
    }

    private static PanelStep ReadStep(JsonElement step) => new(
        step.GetProperty("color").GetString()!,
        step.GetProperty("value") is { ValueKind: JsonValueKind.Number } value ? value.GetDouble() : double.NegativeInfinity);
}

/// <param name="Type"><c>row</c>, <c>stat</c> or <c>timeseries</c>.</param>
/// <param name="Steps">From which value on it has which colour, ascending.</param>
public sealed record DashboardPanel(
    string Title,
    string Type,
    PanelPlace Place,
    string Unit,
    IReadOnlyList<PanelQuery> Queries,
    IReadOnlyList<PanelStep> Steps,
    int? Decimals,
    bool IsLog,
    bool IsStacked,
    bool AreThresholdsDrawn);

/// <summary>In Grafana's grid, which is 24 wide.</summary>
public readonly record struct PanelPlace(int X, int Y, int Width, int Height);

/// <param name="Legend">With labels such as <c>{{instance}}</c>.</param>
public sealed record PanelQuery(string Expression, string Legend);

public sealed record PanelStep(string Color, double From);
