using System.Text.Json;
using BenchmarkDotNet.Reports;

namespace Belong.ConsentService.Benchmarks;

/// <summary>What one benchmark took, for whoever started it.</summary>
/// <param name="Id">Class and method.</param>
/// <param name="Title">In words.</param>
/// <param name="ValuesNs">Of one call, in each iteration.</param>
internal sealed record BenchmarkResult(string Id, string Title, IEnumerable<double> ValuesNs, double AllocatedBytes)
{
    /// <summary>False when one of them did not run.</summary>
    public static bool Write(IEnumerable<Summary> summaries, string file)
    {
        var reports = summaries.SelectMany(summary => summary.Reports).ToList();
        File.WriteAllText(file, JsonSerializer.Serialize(reports.Where(report => report.ResultStatistics is not null).Select(Read)));
        return reports.Count > 0 && reports.TrueForAll(report => report.Success);
    }

    private static BenchmarkResult Read(BenchmarkReport report)
    {
        var (method, statistics) = (report.BenchmarkCase.Descriptor, report.ResultStatistics!);
        return new BenchmarkResult(
            $"{method.Type.Name}.{method.WorkloadMethod.Name}",
            method.WorkloadMethodDisplayInfo.Trim('\''),
            statistics.OriginalValues,
            report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) ?? 0);
    }
}
