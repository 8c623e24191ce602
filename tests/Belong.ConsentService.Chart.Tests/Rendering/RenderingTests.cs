using System.Formats.Tar;
using System.IO.Compression;

namespace Belong.ConsentService.Chart.Tests.Rendering;

/// <summary>What is kept as rendered is what the chart renders now.</summary>
public sealed class RenderingTests
{
    /// <summary>With it the files are written and not compared.</summary>
    private const string WriteVariable = "CONSENT_CHART_WRITE";

    public static TheoryData<string> Settings => [.. ChartSetting.All.Select(setting => setting.Name)];

    [Theory]
    [MemberData(nameof(Settings))]
    public async Task Each_renderer_renders_what_is_kept(string name)
    {
        var setting = ChartSetting.All.Single(one => one.Name == name);
        foreach (var renderer in ChartRenderer.All)
        {
            var (code, output, errors) = await renderer.RenderAsync(setting, setting.ValuesFile);
            Assert.True(code == 0, $"{renderer}: {errors}");
            if (Environment.GetEnvironmentVariable(WriteVariable) is { Length: > 0 })
            {
                await File.WriteAllTextAsync(RenderedFiles.FileOf(setting), RenderedFiles.Normalise(output));
            }

            Assert.Equal(RenderedFiles.Read(setting), RenderedFiles.Normalise(output));
        }
    }

    [Fact]
    public void What_is_kept_was_rendered_after_the_last_change_of_the_chart()
    {
        if (ChartRenderer.All.Count > 0 && Environment.GetEnvironmentVariable(WriteVariable) is { Length: > 0 })
        {
            RenderedFiles.WriteHash();
        }

        Assert.True(
            RenderedFiles.ReadHash() == RenderedFiles.ComputeHash(),
            $"The chart was changed and not rendered again: run the tests of this project with {WriteVariable}=1 where a renderer is (charts/consent-service/README.md), and look at what changed.");
        Assert.Equal(
            ChartSetting.All.Select(setting => setting.Name).Order(StringComparer.Ordinal),
            Directory.EnumerateFiles(Repository.Rendered, "*.yaml").Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal)!);
        Assert.Equal(
            ChartSetting.All.Select(setting => setting.Name).Order(StringComparer.Ordinal),
            Directory.EnumerateFiles(Path.Combine(Repository.Chart, "ci")).Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal)!);
    }

    [Fact]
    public async Task Helm_has_no_complaint_and_packs_the_chart_with_the_alerts_and_the_dashboard()
    {
        foreach (var helm in ChartRenderer.All.Where(renderer => renderer.IsHelm))
        {
            foreach (var setting in ChartSetting.All)
            {
                var lint = await helm.LintAsync(setting);
                Assert.True(lint.Code == 0 && !lint.Output.Contains("[WARNING]", StringComparison.Ordinal), lint.Output + lint.Errors);
            }

            var folder = Directory.CreateTempSubdirectory("chart").FullName;
            try
            {
                Assert.Equal(0, (await helm.PackageAsync(folder)).Code);
                await UnpackAsync(Assert.Single(Directory.EnumerateFiles(folder, "consent-service-*.tgz")), folder);
                var packed = Path.Combine(folder, "consent-service");
                Assert.Equal(await File.ReadAllBytesAsync(Repository.Alerts), await File.ReadAllBytesAsync(Path.Combine(packed, "files", "alerts.yaml")));
                Assert.Equal(await File.ReadAllBytesAsync(Repository.Dashboard), await File.ReadAllBytesAsync(Path.Combine(packed, "files", "dashboard.json")));
                Assert.False(Directory.Exists(Path.Combine(packed, "ci")));
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    private static async Task UnpackAsync(string file, string folder)
    {
        await using var packed = new GZipStream(File.OpenRead(file), CompressionMode.Decompress);
        await TarFile.ExtractToDirectoryAsync(packed, folder, overwriteFiles: false);
    }
}
