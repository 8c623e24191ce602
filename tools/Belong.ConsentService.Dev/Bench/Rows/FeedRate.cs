using System.Diagnostics;
using Belong.Consent.V1;
using Belong.ConsentService.Dev.Bench.Report;
using Belong.ConsentService.Dev.Bench.Stage;
using Belong.ConsentService.Dev.Measuring;
using Belong.ConsentService.Testing.Mix;
using Grpc.Net.Client;

namespace Belong.ConsentService.Dev.Bench.Rows;

/// <summary>How many changes a second the feed carries to Redis, and how soon a single one bites.</summary>
internal sealed class FeedRate(BenchStage stage, FigureTable table, BenchPlan plan) : IBenchRow
{
    private const int BulkShare = 10;
    private const int SingleWarmUps = 20;

    public const string RowName = "feed";

    public string Name => RowName;

    public string Section => "Feed, fill and memory";

    public Task WarmUpAsync() => CarryAsync();

    public async Task MeasureAsync()
    {
        var (changes, took) = await CarryAsync();
        table.Row("feed", $"feed: {changes:N0} members changed by one statement, from its commit until Redis has them", "members/s").Add(changes / took.TotalSeconds);
        using var channel = GrpcChannel.ForAddress(stage.Service.Address);
        var delay = await EnforcementDelay.MeasureAsync(
            stage.Database, new ConsentCheck.ConsentCheckClient(channel), plan.SingleChanges, SingleWarmUps, firstMember: stage.MemberCount + 1);
        table.Row("delay-median", "from a commit to the first check that shows it, single changes at rest, median", "ms", 2).Add(delay.Median);
        table.Row("delay-p99", "from a commit to the first check that shows it, single changes at rest, 99th percentile", "ms", 2).Add(delay.Quantile(0.99));
    }

    /// <summary>The first tenth of the members is written anew; the facts stay what they were.</summary>
    private async Task<(int Changes, TimeSpan Took)> CarryAsync()
    {
        var changes = stage.MemberCount / BulkShare;
        await using var command = stage.Database.CreateCommand("UPDATE member SET facts = facts WHERE id <= $1");
        command.Parameters.Add(new() { Value = MemberMix.Id(changes) });
        command.CommandTimeout = 600;
        await command.ExecuteNonQueryAsync();
        var watch = Stopwatch.StartNew();
        await stage.WaitUntilFilledAsync();
        return (changes, watch.Elapsed);
    }
}
