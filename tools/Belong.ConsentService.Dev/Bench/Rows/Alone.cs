using System.Diagnostics;
using System.Text.Json;
using Belong.ConsentService.Dev.Bench.Report;

namespace Belong.ConsentService.Dev.Bench.Rows;

/// <summary>The evaluator and the value format alone, by BenchmarkDotNet in a process of its own; once, and not in each round.</summary>
internal static class Alone
{
    private const string Program = "bench/Belong.ConsentService.Benchmarks/bin/Release/net10.0/Belong.ConsentService.Benchmarks.dll";

    public const string Name = "the evaluator and the value format alone";

    public const string Section = "The evaluator and the value format alone";

    public static async Task MeasureAsync(FigureTable table, bool isQuick)
    {
        table.Section = Section;
        var result = Path.GetTempFileName();
        try
        {
            await RunAsync([Path.GetFullPath(Program), result, .. isQuick ? ["--quick"] : Array.Empty<string>()]);
            foreach (var (id, title, values, allocated) in JsonSerializer.Deserialize<Result[]>(await File.ReadAllTextAsync(result))!)
            {
                var time = table.Row(id, title, "ns", 1);
                Array.ForEach(values, time.Add);
                table.Row($"{id}.allocated", $"{title}, allocated", "bytes").Add(allocated);
            }
        }
        finally
        {
            File.Delete(result);
        }
    }

    private static async Task RunAsync(string[] words)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", words) { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"The benchmarks ended with {process.ExitCode}: {output}");
        }
    }

    private sealed record Result(string Id, string Title, double[] ValuesNs, double AllocatedBytes);
}
