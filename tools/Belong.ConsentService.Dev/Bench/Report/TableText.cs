using System.Globalization;

namespace Belong.ConsentService.Dev.Bench.Report;

/// <summary>The table in Markdown, which reads on a terminal too.</summary>
internal static class TableText
{
    private static readonly string[] Head = ["what", "median", "unit", "ratio to its floor", "spread over rounds", "demanded", "verdict"];

    /// <summary>A table for each section.</summary>
    public static void Write(TextWriter output, FigureTable table, Thresholds thresholds)
    {
        foreach (var section in table.Figures.GroupBy(figure => figure.Section))
        {
            output.WriteLine($"## {section.Key}");
            output.WriteLine();
            Write(output, [Head, .. section.Select(figure => RowOf(figure, thresholds.Of(figure)))]);
            output.WriteLine();
        }
    }

    private static void Write(TextWriter output, string[][] rows)
    {
        var widths = Enumerable.Range(0, Head.Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        for (var i = 0; i < rows.Length; i++)
        {
            output.WriteLine(Line(rows[i].Select((cell, column) => IsNumber(column) ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]))));
            if (i == 0)
            {
                output.WriteLine(Line(widths.Select((width, column) => IsNumber(column) ? new string('-', width - 1) + ":" : new string('-', width))));
            }
        }
    }

    private static bool IsNumber(int column) => column is 1 or 3 or 4;

    private static string Line(IEnumerable<string> cells) => $"| {string.Join(" | ", cells)} |";

    private static string[] RowOf(Figure figure, Threshold? threshold)
    {
        var demanded = threshold?.ToString() ?? "";
        if (figure.Missing is { } why)
        {
            return [figure.Title, "–", figure.Unit, "", why, demanded, threshold is null ? "" : "not measured"];
        }

        var (least, most) = figure.Spread;
        var spread = figure.HasRatio ? $"{Number(least, 2)}–{Number(most, 2)}" : $"{Number(least, figure.Decimals)}–{Number(most, figure.Decimals)}";
        var verdict = threshold is null ? "" : threshold.IsMet(figure) ? "met" : "MISSED";
        return [figure.Title, Number(figure.Value, figure.Decimals), figure.Unit, figure.HasRatio ? Number(figure.Ratio, 2) : "", spread, demanded, verdict];
    }

    private static string Number(double number, int decimals) => number.ToString("N" + decimals, CultureInfo.InvariantCulture);
}
