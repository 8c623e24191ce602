using System.Globalization;

namespace Belong.ConsentService.Dev.Watching;

/// <summary>Numbers with the units of Grafana that the dashboard uses.</summary>
internal static class PanelUnits
{
    private const double Minute = 60;
    private const double Hour = 3_600;
    private const double Day = 86_400;
    private const double Year = 365.25 * Day;

    public static string Format(double value, string unit, int? decimals = null) => unit switch
    {
        _ when double.IsPositiveInfinity(value) => "+Inf",
        "s" => Seconds(value),
        "percentunit" => $"{Number(100 * value, decimals)} %",
        "reqps" => $"{Number(value, decimals)} req/s",
        "ops" => $"{Number(value, decimals)} ops/s",
        "bytes" => $"{Number(value / (1024 * 1024), decimals)} MiB",
        _ => Number(value, decimals),
    };

    private static string Seconds(double value) => Math.Abs(value) switch
    {
        0 => "0 s",
        < 0.001 => $"{Number(value * 1e6)} µs",
        < 1 => $"{Number(value * 1e3)} ms",
        < 2 * Minute => $"{Number(value)} s",
        < 2 * Hour => $"{Number(value / Minute)} min",
        < 2 * Day => $"{Number(value / Hour)} h",
        < Year => $"{Number(value / Day)} days",
        _ => $"{Number(value / Year)} years",
    };

    private static string Number(double value, int? decimals = null) => value.ToString(
        decimals is { } fixedTo ? $"N{fixedTo}" : Math.Abs(value) switch { 0 => "0", < 1 => "0.###", < 10 => "0.##", < 100 => "0.#", _ => "N0" }, CultureInfo.InvariantCulture);
}
