using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Belong.ConsentService.Dev.Bench.Report;

/// <summary>What is demanded of one row: of its value, of its ratio to the floor, or of both.</summary>
internal sealed record Threshold
{
    [JsonPropertyName("value at least")]
    public double? ValueAtLeast { get; init; }

    [JsonPropertyName("value at most")]
    public double? ValueAtMost { get; init; }

    [JsonPropertyName("ratio at least")]
    public double? RatioAtLeast { get; init; }

    [JsonPropertyName("ratio at most")]
    public double? RatioAtMost { get; init; }

    public bool IsMet(Figure figure) => figure.Missing is null
        && !(figure.Value < ValueAtLeast) && !(figure.Value > ValueAtMost)
        && (!(RatioAtLeast ?? RatioAtMost).HasValue || figure.HasRatio)
        && !(figure.Ratio < RatioAtLeast) && !(figure.Ratio > RatioAtMost);

    public override string ToString() => string.Join(", ", Words());

    private IEnumerable<string> Words()
    {
        if (ValueAtLeast is { } least)
        {
            yield return $"≥ {Text(least)}";
        }

        if (ValueAtMost is { } most)
        {
            yield return $"≤ {Text(most)}";
        }

        if (RatioAtLeast is { } ratioLeast)
        {
            yield return $"ratio ≥ {Text(ratioLeast)}";
        }

        if (RatioAtMost is { } ratioMost)
        {
            yield return $"ratio ≤ {Text(ratioMost)}";
        }
    }

    private static string Text(double number) => number.ToString("#,0.##", CultureInfo.InvariantCulture);
}

/// <summary><c>bench/thresholds.json</c>: by the id of the row.</summary>
internal sealed class Thresholds
{
    private static readonly JsonSerializerOptions Strict = new() { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow };

    private readonly Dictionary<string, Threshold> _byRow;

    private Thresholds(Dictionary<string, Threshold> byRow) => _byRow = byRow;

    public static Thresholds None { get; } = new([]);

    public static Thresholds Read(string file) => new(JsonSerializer.Deserialize<Dictionary<string, Threshold>>(File.ReadAllText(file), Strict)!);

    public Threshold? Of(Figure figure) => _byRow.GetValueOrDefault(figure.Id);

    /// <summary>One sentence for each threshold that is not met; also for one whose row was not measured.</summary>
    public IEnumerable<string> FindMissed(FigureTable table)
    {
        foreach (var (id, threshold) in _byRow)
        {
            var figure = table.Find(id);
            if (figure is null || !threshold.IsMet(figure))
            {
                yield return $"{figure?.Title ?? id}: {threshold} is demanded, and {Describe(figure)}";
            }
        }
    }

    private static string Describe(Figure? figure) => figure switch
    {
        null => "there is no such row",
        { Missing: { } why } => why,
        { HasRatio: true } => string.Create(CultureInfo.InvariantCulture, $"the ratio is {figure.Ratio:F2}, the value {figure.Value:#,0.##} {figure.Unit}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"the value is {figure.Value:#,0.##} {figure.Unit}"),
    };
}
