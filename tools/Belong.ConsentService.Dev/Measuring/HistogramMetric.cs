using System.Globalization;

namespace Belong.ConsentService.Dev.Measuring;

/// <summary>A histogram with one label as instances publish it, summed and less what was there before.</summary>
internal sealed class HistogramMetric
{
    private readonly SortedDictionary<double, double> _upTo = [];

    public double Count => _upTo.Count == 0 ? 0 : _upTo.Values.Last();

    /// <param name="name">Such as <c>consent_check_seconds</c>.</param>
    /// <param name="label">The value of its label.</param>
    public static async Task<HistogramMetric> ReadAsync(IEnumerable<Uri> instances, string name, string label)
    {
        var metric = new HistogramMetric();
        using var http = new HttpClient();
        foreach (var instance in instances)
        {
            metric.Add(await http.GetStringAsync(new Uri(instance, "/metrics")), $"{name}_bucket", label);
        }

        return metric;
    }

    public HistogramMetric Since(HistogramMetric before)
    {
        var since = new HistogramMetric();
        foreach (var (bound, count) in _upTo)
        {
            since._upTo[bound] = count - before._upTo[bound];
        }

        return since;
    }

    /// <summary>In milliseconds, as Prometheus reckons it: evenly spread within a bucket.</summary>
    public double QuantileMs(double share)
    {
        var wanted = share * Count;
        var (bound, below) = (0.0, 0.0);
        foreach (var (next, count) in _upTo)
        {
            if (count >= wanted && count > below)
            {
                return 1_000 * (double.IsInfinity(next) ? bound : bound + ((next - bound) * (wanted - below) / (count - below)));
            }

            (bound, below) = (next, count);
        }

        return double.NaN;
    }

    private void Add(string page, string name, string label)
    {
        foreach (var line in page.Split('\n'))
        {
            // consent_enforcement_delay_seconds_bucket{source="write",le="0.005"} 12
            var parts = line.Split('"');
            if (!line.StartsWith(name, StringComparison.Ordinal) || parts[1] != label)
            {
                continue;
            }

            var bound = parts[3] == "+Inf" ? double.PositiveInfinity : double.Parse(parts[3], CultureInfo.InvariantCulture);
            _upTo[bound] = _upTo.GetValueOrDefault(bound) + double.Parse(parts[4].AsSpan(1), CultureInfo.InvariantCulture);
        }
    }
}
