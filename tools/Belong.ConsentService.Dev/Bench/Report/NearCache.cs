using System.Globalization;

namespace Belong.ConsentService.Dev.Bench.Report;

/// <summary>What a cache inside the instance could give at best: a check without what the GET costs the floor.</summary>
internal static class NearCache
{
    /// <summary>Empty when the rows that it rests on are missing.</summary>
    public static IEnumerable<string> Describe(FigureTable table)
    {
        if (Find(table, "1x1-median") is { } time)
        {
            var (bare, get, use) = time;
            yield return string.Create(CultureInfo.InvariantCulture,
                $"1×1, median: the GET takes {get - bare:F0} µs of the floor's {get:F0}; a CheckUse of {use:F0} µs would take {use - (get - bare):F0} µs without it.");
        }

        foreach (var shape in (string[])["4x8", "8x32"])
        {
            if (Find(table, shape) is { } rate)
            {
                var (bare, get, use) = rate;
                var without = 1 / ((1 / use) - ((1 / get) - (1 / bare)));
                yield return string.Create(CultureInfo.InvariantCulture,
                    $"{shape.Replace('x', '×')}: with the GET the floor falls from {bare:N0} to {get:N0} calls/s; {use:N0} CheckUse/s would be {without:N0} without what it costs there.");
            }
        }
    }

    private static (double Bare, double Get, double Use)? Find(FigureTable table, string id) =>
        table.Find($"bare-{id}") is { } bare && table.Find($"get-{id}") is { } get && table.Find($"use-{id}") is { } use
            ? (bare.Value, get.Value, use.Value)
            : null;
}
