using System.Globalization;
using Belong.ConsentService.Dev.Fuzz.Judging;
using Belong.ConsentService.Dev.Fuzz.Stage;

namespace Belong.ConsentService.Dev.Fuzz;

/// <summary>The figures of a run as a table of Markdown.</summary>
internal static class FuzzTable
{
    private const double Mebibyte = 1024 * 1024;

    public static void Write(TextWriter output, FuzzRun run)
    {
        output.WriteLine("| door | requests | per second | what came back |");
        output.WriteLine("|---|---|---|---|");
        foreach (var tally in run.Tallies)
        {
            output.WriteLine(Text($"| {tally.Name} | {tally.Requests:N0} | {tally.Requests / tally.Took.TotalSeconds:N0} | {string.Join(", ", tally.Outcomes.Select(outcome => Text($"{outcome.Outcome} {outcome.Count:N0}")))} |"));
        }

        output.WriteLine(Text($"| **all** | {run.Figures.Requests:N0} | {run.Figures.Requests / run.Tallies.Sum(tally => tally.Took.TotalSeconds):N0} | |"));
        output.WriteLine();
        output.WriteLine("| | after the warm-up | at the end |");
        output.WriteLine("|---|---|---|");
        Row(output, run, "managed heap after collection, MiB", sample => sample.HeapBytes / Mebibyte);
        Row(output, run, "resident memory, MiB", sample => sample.ResidentBytes / Mebibyte);
        Row(output, run, "threads", sample => sample.Threads);
        Row(output, run, "open files", sample => sample.Handles);
        Row(output, run, "connections", sample => sample.Connections);
        Row(output, run, "calls in flight", sample => sample.InFlight);
        output.WriteLine(Text($"| lines of log | {run.Figures.LogBefore?.Lines:N0} | {run.Figures.LogAfter?.Lines:N0} |"));
        output.WriteLine(Text($"| of them errors | {run.Figures.LogBefore?.Errors.Count:N0} | {run.Figures.LogAfter?.Errors.Count:N0} |"));
        output.WriteLine();
        var witness = run.Figures.Witness;
        output.WriteLine(Text($"A valid caller meanwhile: {witness.Count:N0} answers, median {witness.Median:F1} ms, 99th percentile {witness.Quantile(0.99):F0} ms, longest {witness.Most:F0} ms."));
    }

    private static void Row(TextWriter output, FuzzRun run, string what, Func<ServiceSample, double> value) =>
        output.WriteLine(Text($"| {what} | {(run.Figures.Before is { } before ? value(before) : double.NaN):0.#} | {(run.Figures.After is { } after ? value(after) : double.NaN):0.#} |"));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
