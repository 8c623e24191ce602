using System.Globalization;

namespace Belong.ConsentService.Dev.Measuring;

/// <summary>The histogram of the enforcement delay as instances publish it, summed and less what was there before.</summary>
internal sealed class DelayMetric
{
    private const string Name = "consent_enforcement_delay_seconds_bucket";

    private readonly SortedDictionary<double, double> _upTo = [];

    public double Count => _upTo.Count == 0 ? 0 : _upTo.Values.Last();

    /// <param name="source"><c>write</c> or <c>heartbeat</c>.</param>
    public static async Task<DelayMetric> ReadAsync(IEnumerable<Uri> instances, string source)
    {
        var metric = new DelayMetric();
        using var http = new HttpClient();
        foreach (var instance in instances)
        {
            metric.Add(await http.GetStringAsync(new Uri(instance, "/metrics")), source);
        }

        return metric;
    }

    public DelayMetric Since(DelayMetric before)
    {
        var since = new DelayMetric();
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

    private void Add(string page, string source)
    {
        foreach (var line in page.Split('\n'))
        {
            // consent_enforcement_delay_seconds_bucket{source="write",le="0.005"} 12
            var parts = line.Split('"');
            if (!line.StartsWith(Name, StringComparison.Ordinal) || parts[1] != source)
            {
                continue;
            }

            var bound = parts[3] == "+Inf" ? double.PositiveInfinity : double.Parse(parts[3], CultureInfo.InvariantCulture);
            _upTo[bound] = _upTo.GetValueOrDefault(bound) + double.Parse(parts[4].AsSpan(1), CultureInfo.InvariantCulture);
        }
    }
}
