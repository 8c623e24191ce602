using Belong.ConsentService.Dev.Measuring;

namespace Belong.ConsentService.Dev.Bench.Report;

/// <summary>One row of the table: a value of each round, and what it is measured against in the same round.</summary>
/// <param name="section">Where it stands in the report.</param>
/// <param name="id">Names it in the thresholds.</param>
/// <param name="decimals">Shown of the value.</param>
internal sealed class Figure(string section, string id, string title, string unit, int decimals)
{
    private readonly List<double> _values = [];
    private readonly List<double> _ratios = [];

    public string Section => section;

    public string Id => id;

    public string Title => title;

    public string Unit => unit;

    public int Decimals => decimals;

    /// <summary>Why there is no value; null when there is one.</summary>
    public string? Missing { get; private set; }

    public bool HasRatio => _ratios.Count > 0;

    public double Value => new Distribution(_values).Median;

    /// <summary>The median of the rounds' ratios, and not the ratio of the medians: what disturbed a round disturbed both.</summary>
    public double Ratio => new Distribution(_ratios).Median;

    /// <summary>Over the rounds; of the ratio where there is one.</summary>
    public (double Least, double Most) Spread => HasRatio ? (_ratios.Min(), _ratios.Max()) : (_values.Min(), _values.Max());

    public void Add(double value) => _values.Add(value);

    public void Add(double value, double floor)
    {
        _values.Add(value);
        _ratios.Add(value / floor);
    }

    /// <summary>The row claims nothing, whatever other rounds gave.</summary>
    public void Miss(string why) => Missing ??= why;
}
