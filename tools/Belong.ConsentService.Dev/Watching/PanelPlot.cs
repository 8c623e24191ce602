using Belong.ConsentService.Testing.Prometheus;
using ScottPlot;
using ScottPlot.TickGenerators;
using SkiaSharp;

namespace Belong.ConsentService.Dev.Watching;

/// <summary>Draws what a panel shows over time.</summary>
internal static class PanelPlot
{
    private const string FontFile = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf";
    private const string FontName = "DejaVu Sans";
    private const int MaxLegend = 12;

    public static void Draw(SKCanvas canvas, PanelData panel, SKRect rect, DateTimeOffset from)
    {
        using var plot = Begin(panel.Panel);
        if (panel.Lines.Any(line => line.Points.Any(point => IsShown(point, panel.Panel.IsLog))))
        {
            AddLines(plot, panel, from);
            if (panel.Panel.AreThresholdsDrawn)
            {
                AddThresholds(plot, panel.Panel);
            }
        }
        else
        {
            plot.Add.Annotation("no data", Alignment.MiddleCenter);
        }

        canvas.Save();
        canvas.ClipRect(rect);
        plot.Render(canvas, new PixelRect(rect.Left, rect.Right, rect.Bottom, rect.Top));
        canvas.Restore();
    }

    private static Plot Begin(DashboardPanel panel)
    {
        var plot = new Plot();
        if (File.Exists(FontFile))
        {
            Fonts.AddFontFile(FontName, FontFile);
            plot.Font.Set(FontName);
        }

        plot.Title(panel.Title, 14);
        plot.Axes.Bottom.TickGenerator = new NumericAutomatic { LabelFormatter = value => $"{value:0} s", TargetTickCount = 6 };
        plot.Axes.Left.TickGenerator = panel.IsLog
            ? new NumericAutomatic { IntegerTicksOnly = true, LabelFormatter = value => PanelUnits.Format(Math.Pow(10, value), panel.Unit) }
            : new NumericAutomatic { LabelFormatter = value => PanelUnits.Format(value, panel.Unit), TargetTickCount = 6 };
        return plot;
    }

    private static void AddLines(Plot plot, PanelData panel, DateTimeOffset from)
    {
        var lines = panel.Lines.OrderByDescending(line => line.Points.Where(point => double.IsFinite(point.Value)).Sum(point => point.Value)).ToList();
        var below = new Dictionary<DateTimeOffset, double>();
        foreach (var line in lines)
        {
            var points = line.Points.Where(point => IsShown(point, panel.Panel.IsLog)).ToList();
            if (points.Count == 0)
            {
                continue;
            }

            var values = points.Select(point => panel.Panel.IsLog ? Math.Log10(point.Value) : Stack(point)).ToArray();
            var scatter = plot.Add.ScatterLine(points.Select(point => (point.At - from).TotalSeconds).ToArray(), values);
            scatter.LineWidth = 1.5f;
            if (lines.IndexOf(line) < MaxLegend)
            {
                scatter.LegendText = line.Name;
            }
        }

        if (!panel.Panel.IsLog)
        {
            plot.Axes.Margins(bottom: 0.02, top: 0.12);
        }

        ShowLegend(plot);

        double Stack(PromPoint point)
        {
            if (!panel.Panel.IsStacked)
            {
                return point.Value;
            }

            return below[point.At] = below.GetValueOrDefault(point.At) + point.Value;
        }
    }

    /// <summary>Beside the lines: over them it would hide what went wrong.</summary>
    private static void ShowLegend(Plot plot)
    {
        plot.Legend.FontSize = 10;
        plot.Legend.ShadowColor = Colors.Transparent;
        plot.Legend.OutlineColor = Colors.Transparent;
        plot.ShowLegend(Edge.Right);
    }

    private static void AddThresholds(Plot plot, DashboardPanel panel)
    {
        var limits = plot.Axes.GetLimits();
        foreach (var step in panel.Steps.Where(step => double.IsFinite(step.From)))
        {
            var y = panel.IsLog ? Math.Log10(step.From) : step.From;
            // One that is far above all lines would press them to the ground.
            if (y < limits.Top + ((limits.Top - limits.Bottom) / 2))
            {
                var color = PanelColors.Of(step.Color);
                plot.Add.HorizontalLine(y, 1, new Color(color.Red, color.Green, color.Blue), LinePattern.Dashed);
            }
        }
    }

    private static bool IsShown(PromPoint point, bool isLog) => double.IsFinite(point.Value) && (!isLog || point.Value > 0);
}
