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
            ShowLegend(plot);
            if (panel.Panel.AreThresholdsDrawn)
            {
                AddThresholds(plot, panel.Panel);
            }
        }
        else
        {
            plot.HideAxesAndGrid();
            plot.Title($"{panel.Panel.Title}: no data", 14);
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
        // The largest lies at the bottom of a stack, and stands first in the legend.
        var lines = panel.Lines.OrderByDescending(line => line.Points.Where(point => double.IsFinite(point.Value)).Sum(point => point.Value));
        var stack = new Dictionary<DateTimeOffset, double>();
        var named = 0;
        foreach (var line in lines)
        {
            var points = line.Points.Where(point => IsShown(point, panel.Panel.IsLog)).ToList();
            if (points.Count > 0)
            {
                var name = named++ < MaxLegend ? line.Name : "";
                var seconds = points.ConvertAll(point => (point.At - from).TotalSeconds).ToArray();
                if (panel.Panel.IsStacked)
                {
                    AddToStack(plot, points, seconds, stack, name);
                }
                else
                {
                    AddLine(plot, panel.Panel.IsLog ? points.ConvertAll(point => Math.Log10(point.Value)).ToArray() : points.ConvertAll(point => point.Value).ToArray(), seconds, name);
                }
            }
        }

        plot.Axes.AutoScale();
        if (!panel.Panel.IsLog)
        {
            var top = plot.Axes.GetLimits().Top;
            plot.Axes.SetLimitsY(Math.Min(0, plot.Axes.GetLimits().Bottom), top > 0 ? top * 1.1 : 1);
        }
    }

    private static void AddLine(Plot plot, double[] values, double[] seconds, string name)
    {
        var line = plot.Add.ScatterLine(seconds, values);
        line.LineWidth = 1.5f;
        line.LegendText = name;
    }

    private static void AddToStack(Plot plot, List<PromPoint> points, double[] seconds, Dictionary<DateTimeOffset, double> stack, string name)
    {
        var below = points.ConvertAll(point => stack.GetValueOrDefault(point.At)).ToArray();
        points.ForEach(point => stack[point.At] = stack.GetValueOrDefault(point.At) + point.Value);
        var area = plot.Add.FillY(seconds, below, points.ConvertAll(point => stack[point.At]).ToArray());
        area.FillColor = plot.Add.Palette.GetColor(plot.PlottableList.Count - 1);
        area.LineWidth = 0;
        area.LegendText = name;
    }

    private static void ShowLegend(Plot plot)
    {
        plot.Legend.FontSize = 11;
        plot.Legend.Margin = new PixelPadding(2);
        plot.Legend.Padding = new PixelPadding(0);
        plot.Legend.ShadowColor = Colors.Transparent;
        plot.Legend.OutlineColor = Colors.Transparent;
        plot.Legend.Orientation = Orientation.Horizontal;
        plot.Legend.TightHorizontalWrapping = true;
        plot.Legend.InterItemPadding = new PixelPadding(6, 0);
        plot.ShowLegend(Edge.Bottom);
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
