using System.Diagnostics;
using Belong.ConsentService.Testing.Hosts;

namespace Belong.ConsentService.Chart.Tests.Rendering;

/// <summary>
/// A program that renders charts: helm where it is on the PATH, and whatever CONSENT_CHART_RENDERER names, which takes
/// CHART [-f FILE]… [--api KIND]… [--release NAME] [--namespace NAME].
/// </summary>
internal sealed class ChartRenderer
{
    private const string Variable = "CONSENT_CHART_RENDERER";
    private const string KubernetesVersion = "1.31.0";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    private readonly string _program;

    private ChartRenderer(string program, bool isHelm)
    {
        _program = program;
        IsHelm = isHelm;
    }

    /// <summary>Those of this machine; in CI there must be one.</summary>
    public static IReadOnlyList<ChartRenderer> All { get; } = Find();

    /// <summary>Also checks the schema of the values.</summary>
    public bool IsHelm { get; }

    public static async Task<(int Code, string Output, string Errors)> RunAsync(string program, IEnumerable<string> words)
    {
        var start = new ProcessStartInfo(program, words) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        using var patience = new CancellationTokenSource(Limit);
        var output = process.StandardOutput.ReadToEndAsync(patience.Token);
        var errors = await process.StandardError.ReadToEndAsync(patience.Token);
        await process.WaitForExitAsync(patience.Token);
        return (process.ExitCode, await output, errors);
    }

    /// <param name="valueFiles">Later ones are laid over earlier ones.</param>
    public Task<(int Code, string Output, string Errors)> RenderAsync(ChartSetting setting, params string[] valueFiles)
    {
        var values = valueFiles.SelectMany(file => new[] { "-f", file });
        string[] words = IsHelm
            ? ["template", setting.Release, Repository.Chart, "--namespace", ChartSetting.Namespace, "--kube-version", KubernetesVersion, .. values, .. Repeat("--api-versions", setting)]
            : [Repository.Chart, "--release", setting.Release, "--namespace", ChartSetting.Namespace, .. values, .. Repeat("--api", setting)];
        return RunAsync(_program, words);
    }

    /// <summary>helm's own look at the chart.</summary>
    public Task<(int Code, string Output, string Errors)> LintAsync(ChartSetting setting) => RunAsync(_program, ["lint", Repository.Chart, "-f", setting.ValuesFile]);

    /// <summary>The chart as one file, as it is handed on.</summary>
    public Task<(int Code, string Output, string Errors)> PackageAsync(string folder) => RunAsync(_program, ["package", Repository.Chart, "-d", folder]);

    public override string ToString() => Path.GetFileName(_program);

    private static IEnumerable<string> Repeat(string option, ChartSetting setting) => setting.Kinds.SelectMany(kind => new[] { option, kind });

    private static List<ChartRenderer> Find()
    {
        var found = new List<ChartRenderer>();
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given)
        {
            found.Add(new ChartRenderer(given, isHelm: Path.GetFileName(given) == "helm"));
        }

        if (Binaries.FindHelm() is { } helm)
        {
            found.Add(new ChartRenderer(helm, isHelm: true));
        }

        if (found.Count == 0 && Environment.GetEnvironmentVariable("CI") == "true")
        {
            throw new InvalidOperationException($"Nothing here renders charts: in CI helm on the PATH or {Variable} is required.");
        }

        Announcement.Say(found.Count == 0
            ? $"Chart: NOT rendered, as there is neither helm on the PATH nor {Variable}; what was rendered before is tested"
            : $"Chart: rendered by {string.Join(" and by ", found)}");
        return found;
    }
}
