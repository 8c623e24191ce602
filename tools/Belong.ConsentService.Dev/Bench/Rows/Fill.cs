using System.Diagnostics;
using Belong.ConsentService.Dev.Bench.Load;
using Belong.ConsentService.Dev.Bench.Report;
using Belong.ConsentService.Dev.Bench.Stage;

namespace Belong.ConsentService.Dev.Bench.Rows;

/// <summary>Redis comes back empty under a running service: how long until it has all members, and what they take there.</summary>
internal sealed class Fill(BenchStage stage, FigureTable table) : IBenchRow
{
    private const int Connections = 4;
    private const int ChecksPerSecond = 200;
    private const double Mebibyte = 1024 * 1024;
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    public const string RowName = "fill";

    public string Name => RowName;

    public string Section => "Feed, fill and memory";

    public Task WarmUpAsync() => Task.CompletedTask;

    public async Task MeasureAsync()
    {
        await stage.Redis.RestartAsync();
        var empty = await stage.ReadRedisBytesAsync();
        var watch = Stopwatch.StartNew();
        using var ended = new CancellationTokenSource();
        var target = stage.TargetOf(BenchQuestions.Use) with { Expectation = new Expectation(stage.Members.Expected(BenchQuestions.Use)) { MayBeUndecided = true } };
        var checks = PacedLoop.RunAsync(target, Connections, ChecksPerSecond, Longest, ended.Token);
        await stage.WaitUntilFilledAsync();
        var took = watch.Elapsed;
        await ended.CancelAsync();
        Report(took, await checks, target.Expectation);
        table.Row("redis-bytes", "memory in Redis for each member, keys and overhead included", "bytes", 1).Add((await stage.ReadRedisBytesAsync() - empty) / (double)(stage.MemberCount + BenchMembers.ToBeChanged));
        table.Row("resident", "resident memory of the service", "MiB").Add(stage.Service.ReadResidentBytes() / Mebibyte);
        table.Row("peak", "most memory that the service has had", "MiB").Add(stage.Service.ReadPeakBytes() / Mebibyte);
        await stage.WaitUntilAllAnswerAsync();
    }

    private void Report(TimeSpan took, PacedResult checks, Expectation expectation)
    {
        table.Row("fill", $"{stage.MemberCount:N0} members from an empty Redis, checks going on", "s", 1).Add(took.TotalSeconds);
        table.Row("fill-answered", $"checks meanwhile, open loop at {ChecksPerSecond}/s, that were decided", "%", 2)
            .Add(100.0 * (checks.LatenciesUs.Length - expectation.Undecided) / checks.LatenciesUs.Length);
        if (expectation.TakeRefusals() is { } why)
        {
            table.Miss("fill-answered", why);
        }
    }
}
