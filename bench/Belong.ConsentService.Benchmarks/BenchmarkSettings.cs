using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace Belong.ConsentService.Benchmarks;

/// <summary>In this process, without a project that would have to be generated, restored and built first.</summary>
internal static class BenchmarkSettings
{
    public static IConfig Create(bool isQuick)
    {
        var job = isQuick
            ? Job.Dry
            : Job.Default.WithWarmupCount(6).WithIterationCount(8).WithIterationTime(TimeInterval.FromMilliseconds(250));
        return ManualConfig.CreateEmpty()
            .AddJob(job.WithToolchain(InProcessEmitToolchain.Instance))
            .AddDiagnoser(MemoryDiagnoser.Default)
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddLogger(ConsoleLogger.Ascii)
            .WithOption(ConfigOptions.DisableLogFile, true)
            .WithArtifactsPath(Path.Combine(Path.GetTempPath(), "consent-benchmarks"));
    }
}
