using ScottPlot;
using ScottPlot.TickGenerators;

namespace Belong.ConsentService.Dev.Bench.Report;

/// <summary>The pictures of the report.</summary>
internal static class Plots
{
    private const int Width = 900;
    private const int Height = 480;
    private const int BarsApart = 6;
    private const string FontFile = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf";
    private const string FontName = "DejaVu Sans";

    private static readonly double[] Shares = [0, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999];
    private static readonly double[] Ticks = [10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000];

    /// <summary>How long the given share of calls took at most, each percentile as wide as the one before it (as HdrHistogram draws it).</summary>
    public static void Percentiles(string file, string title, IReadOnlyDictionary<string, List<double>> latenciesUs)
    {
        var plot = Begin(title, "share of calls that took no longer", "latency (µs)");
        var most = 0;
        foreach (var (name, values) in latenciesUs.Where(one => one.Value.Count > 0))
        {
            var sorted = values.Order().ToArray();
            most = Math.Max(most, sorted.Length);
            var points = PointsOf(sorted).ToArray();
            var line = plot.Add.ScatterLine(points.Select(point => point.X).ToArray(), points.Select(point => Math.Log10(point.Us)).ToArray());
            line.LegendText = name;
            line.LineWidth = 2;
        }

        var shown = Shares.Where(share => share == 0 || (1 - share) * most >= 1).ToArray();
        plot.Axes.Bottom.TickGenerator = new NumericManual(shown.Select(Position).ToArray(), shown.Select(share => $"{100 * share:0.###} %").ToArray());
        ShowLogTicks(plot);
        plot.ShowLegend(Alignment.UpperLeft);
        plot.SavePng(file, Width, Height);
    }

    /// <summary>Calls per second, a group of bars for each number of connections and streams.</summary>
    public static void Throughput(string file, FigureTable table, IReadOnlyList<string> shapes, IReadOnlyList<(string Id, string Title)> methods)
    {
        var plot = Begin("Unary calls as fast as they are answered, all on two cores", "connections × streams", "calls per second");
        for (var m = 0; m < methods.Count; m++)
        {
            var figures = shapes.Select(shape => table.Find($"{methods[m].Id}-{shape}")).ToArray();
            var bars = plot.Add.Bars(
                Enumerable.Range(0, shapes.Count).Select(s => (double)(s * BarsApart) + m).ToArray(),
                figures.Select(figure => figure?.Value ?? 0).ToArray());
            bars.LegendText = methods[m].Title;
            foreach (var (bar, figure) in bars.Bars.Zip(figures))
            {
                bar.Label = $"{(figure?.Value ?? 0) / 1_000:N0}k";
            }
        }

        plot.Axes.Bottom.TickGenerator = new NumericManual(
            Enumerable.Range(0, shapes.Count).Select(s => (s * BarsApart) + ((methods.Count - 1) / 2.0)).ToArray(),
            shapes.Select(shape => shape.Replace('x', '×')).ToArray());
        plot.Axes.Left.TickGenerator = new NumericAutomatic { LabelFormatter = value => $"{value:N0}" };
        plot.Axes.Margins(bottom: 0, top: 0.15);
        plot.ShowLegend(Alignment.UpperLeft);
        plot.SavePng(file, Width, Height);
    }

    /// <summary>Each call of an open loop where it was due.</summary>
    public static void FirstCalls(string file, string title, double[] latenciesUs, int perSecond)
    {
        var plot = Begin(title, "time since ready (s)", "latency (µs)");
        var points = plot.Add.ScatterPoints(
            Enumerable.Range(0, latenciesUs.Length).Select(i => (double)i / perSecond).ToArray(),
            latenciesUs.Select(Math.Log10).ToArray());
        points.MarkerSize = 2;
        points.LegendText = "CheckUse";
        ShowLogTicks(plot);
        plot.ShowLegend(Alignment.UpperRight);
        plot.SavePng(file, Width, Height);
    }

    private static Plot Begin(string title, string bottom, string left)
    {
        var plot = new Plot();
        if (File.Exists(FontFile))
        {
            Fonts.AddFontFile(FontName, FontFile);
            plot.Font.Set(FontName);
        }

        plot.Title(title, 17);
        plot.XLabel(bottom, 14);
        plot.YLabel(left, 14);
        return plot;
    }

    private static void ShowLogTicks(Plot plot) =>
        plot.Axes.Left.TickGenerator = new NumericManual(Ticks.Select(Math.Log10).ToArray(), Ticks.Select(tick => $"{tick:N0}").ToArray());

    /// <summary>Where a share stands: 90 %, 99 % and 99.9 % are equally far apart.</summary>
    private static double Position(double share) => -Math.Log10(1 - share);

    private static IEnumerable<(double X, double Us)> PointsOf(double[] sorted)
    {
        const int steps = 400;
        var end = Position(1 - (1.0 / sorted.Length));
        for (var i = 0; i <= steps; i++)
        {
            var x = end * i / steps;
            yield return (x, sorted[Math.Min(sorted.Length - 1, (int)((1 - Math.Pow(10, -x)) * sorted.Length))]);
        }
    }
}
