using System.Globalization;

namespace Belong.ConsentService.Dev.Fuzz.Judging;

/// <summary>Says of a whole run whether the service has grown, logged too much or kept something open.</summary>
internal static class RunJudge
{
    private const double Mebibyte = 1024 * 1024;

    /// <summary>Caches of compiled code, of metrics and of buffers vary by as much.</summary>
    public const double MaxHeapGrowthMebibytes = 8;

    /// <summary>The allocator of the runtime gives back late.</summary>
    public const double MaxResidentGrowthMebibytes = 96;

    /// <summary>Lines for each thousand requests, beside what the service says of itself.</summary>
    public const double MaxLogLinesPerThousand = 1;
    private const int FreeLogLines = 50;

    public const int MaxWitnessP99Ms = 1_000;

    /// <summary>The witness has one, with a call under way; the metrics are read by another.</summary>
    private const int OwnConnections = 2;
    private const int MaxThreadGrowth = 16;

    public static void Judge(FuzzFigures figures, Violations violations)
    {
        JudgeLog(figures, violations);
        if (figures.Witness.Count == 0 || figures.Witness.Quantile(0.99) > MaxWitnessP99Ms)
        {
            violations.Add("a valid caller is answered late", Text($"99th percentile {figures.Witness.Quantile(0.99):F0} ms of {figures.Witness.Count} answers"));
        }

        if (figures is not { Before: { } before, After: { } after })
        {
            return;
        }

        Require(violations, "the managed heap has grown", (after.HeapBytes - before.HeapBytes) / Mebibyte, MaxHeapGrowthMebibytes, "MiB");
        Require(violations, "resident memory has grown", (after.ResidentBytes - before.ResidentBytes) / Mebibyte, MaxResidentGrowthMebibytes, "MiB");
        Require(violations, "threads are left", after.Threads - before.Threads, MaxThreadGrowth, "more");
        Require(violations, "connections are left open", after.Connections, OwnConnections, "");
        Require(violations, "calls are left in flight", after.InFlight, 1, "");
    }

    private static void JudgeLog(FuzzFigures figures, Violations violations)
    {
        if (figures is not { LogBefore: { } before, LogAfter: { } after })
        {
            return;
        }

        foreach (var error in after.Errors)
        {
            violations.Add("an error is logged that a caller caused", error);
        }

        Require(violations, "the log grows with the requests", after.Lines - before.Lines, FreeLogLines + (MaxLogLinesPerThousand * figures.Requests / 1_000), "lines");
    }

    private static void Require(Violations violations, string kind, double value, double most, string unit)
    {
        if (value > most)
        {
            violations.Add(kind, Text($"{value:0.#} {unit}, at most {most:0.#} is allowed"));
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
