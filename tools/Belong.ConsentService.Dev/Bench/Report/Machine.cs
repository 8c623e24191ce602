using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Belong.ConsentService.Cache;
using Belong.ConsentService.Dev.Bench.Stage;
using StackExchange.Redis;

namespace Belong.ConsentService.Dev.Bench.Report;

/// <summary>What was measured, and on what.</summary>
internal sealed record Machine(IReadOnlyList<(string What, string Is)> Facts)
{
    public static async Task<Machine> DescribeAsync(BenchStage stage, BenchPlan plan)
    {
        await using var postgres = stage.Database.CreateCommand("SHOW server_version");
        return new Machine(
        [
            ("date", DateTime.UtcNow.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture)),
            ("commit", Commit()),
            ("command", $"`./dev bench --members {plan.Members} --rounds {plan.Rounds}`"),
            ("processor", $"{Environment.ProcessorCount} cores of {FirstLine("/proc/cpuinfo", "model name")}, a virtual machine unless the name says otherwise"),
            ("memory", FirstLine("/proc/meminfo", "MemTotal")),
            ("kernel", File.ReadAllText("/proc/sys/kernel/osrelease").Trim()),
            (".NET", RuntimeInformation.FrameworkDescription),
            ("PostgreSQL", (string)(await postgres.ExecuteScalarAsync())!),
            ("Redis", await ReadRedisVersionAsync(stage)),
        ]);
    }

    private static async Task<string> ReadRedisVersionAsync(BenchStage stage)
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync(RedisOptions.Parse(stage.Redis.Endpoint));
        return redis.GetServers()[0].Version.ToString();
    }

    private static string FirstLine(string file, string name) =>
        File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "unknown";

    private static string Commit()
    {
        var head = Git("rev-parse", "--short", "HEAD");
        return head.Length == 0 ? "unknown" : Git("status", "--porcelain").Length > 0 ? $"{head} + changes" : head;
    }

    private static string Git(params string[] words)
    {
        using var git = Process.Start(new ProcessStartInfo("git", words) { RedirectStandardOutput = true, RedirectStandardError = true });
        return git?.StandardOutput.ReadToEnd().Trim() ?? "";
    }
}
