using System.Text.Json.Nodes;
using Belong.ConsentService.Chart.Tests.Reading;

namespace Belong.ConsentService.Chart.Tests.Values;

/// <summary>The README of the chart tells of each value, and of no other.</summary>
public sealed class ReadmeTests
{
    [Fact]
    public void Each_value_of_the_chart_stands_in_its_README_with_its_name()
    {
        var rows = File.ReadLines(Path.Combine(Repository.Chart, "README.md")).Where(line => line.StartsWith("| `", StringComparison.Ordinal)).ToList();
        var values = YamlJson.Read(File.ReadAllText(Path.Combine(Repository.Chart, "values.yaml")))!.AsObject();
        values["terminationGracePeriodSeconds"] = 30;
        Assert.All(Paths(values, ""), path =>
        {
            // "`access.jwt.issuer`, `.audience`": the whole name, or its end in the row of the others of the section.
            var end = path.LastIndexOf('.');
            var isTold = rows.Exists(row => row.Contains($"`{path}`", StringComparison.Ordinal)
                || (end > 0 && row.Contains($"`{path[..end]}.", StringComparison.Ordinal) && row.Contains($"`{path[end..]}`", StringComparison.Ordinal)));
            Assert.True(isTold, $"README.md does not tell of {path}");
        });
    }

    private static IEnumerable<string> Paths(JsonObject values, string prefix)
    {
        foreach (var (name, value) in values)
        {
            var path = prefix + name;
            // Inside of these stands what Kubernetes defines.
            var isWhole = name is "resources" or "labels" or "callers" or "settings" or "dns" || path is "networkPolicy.postgres" or "networkPolicy.redis" or "networkPolicy.monitoring" or "feed.disruptionBudget";
            foreach (var leaf in value is JsonObject inner && inner.Count > 0 && !isWhole ? Paths(inner, $"{path}.") : [path])
            {
                yield return leaf;
            }
        }
    }
}
