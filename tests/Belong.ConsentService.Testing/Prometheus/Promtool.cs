using System.Diagnostics;
using Belong.ConsentService.Testing.Hosts;

namespace Belong.ConsentService.Testing.Prometheus;

/// <summary>The checker that comes with Prometheus.</summary>
public static class Promtool
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    /// <summary>Runs it to its end.</summary>
    /// <param name="input">What it reads from its standard input.</param>
    public static async Task<PromtoolResult> RunAsync(IEnumerable<string> words, string input = "", CancellationToken cancellation = default)
    {
        var program = Binaries.FindPromtool() ?? throw new InvalidOperationException(PrometheusServer.Missing);
        var info = new ProcessStartInfo(program, words) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(info)!;
        var output = process.StandardOutput.ReadToEndAsync(cancellation);
        var errors = process.StandardError.ReadToEndAsync(cancellation);
        await process.StandardInput.WriteAsync(input.AsMemory(), cancellation);
        process.StandardInput.Close();
        await process.WaitForExitAsync(cancellation).WaitAsync(Limit, cancellation);
        return new PromtoolResult(process.ExitCode, await output + await errors);
    }
}

/// <param name="Output">Of both streams.</param>
public sealed record PromtoolResult(int ExitCode, string Output);
