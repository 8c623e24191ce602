using System.Globalization;
using Xunit.Abstractions;

namespace Belong.ConsentService.Tests.Feed;

/// <summary>How fast the feed is. CONSENT_FIGURES_SCALE multiplies the sizes; the bounds are wide, for busy machines.</summary>
public sealed class FeedFigures(ITestOutputHelper output)
{
    private static readonly int Scale =
        int.TryParse(Environment.GetEnvironmentVariable("CONSENT_FIGURES_SCALE"), NumberStyles.None, CultureInfo.InvariantCulture, out var scale) ? scale : 1;

    [Fact]
    public async Task From_commit_to_Redis()
    {
        var changes = 100 * Scale;
        await using var stage = await FeedStage.CreateAsync();
        await stage.PutManyAsync(1_000);
        await stage.StartFeedAsync();
        await stage.WaitUntilCoveredAsync();
        var generation = await stage.ReadOneAsync<string>("SELECT generation FROM facts_identity");
        var laps = new List<double>();
        for (var change = 0; change < changes; change++)
        {
            await Task.Delay(Random.Shared.Next(5, 15));
            await stage.PutAsync("m1", $"v{change}");
            var committed = TimeProvider.System.GetTimestamp();
            while ((await stage.Cache.ReadMemberAsync(generation, "m1", TimeSpan.FromSeconds(5))).Facts!.Version < change + 2)
            {
                // Looks as often as it can.
            }

            laps.Add(TimeProvider.System.GetElapsedTime(committed).TotalMilliseconds);
        }

        laps.Sort();
        output.WriteLine($"from commit to Redis: median {laps[changes / 2]:F2} ms, 99th percentile {laps[changes * 99 / 100]:F2} ms, {changes} changes");
        Assert.InRange(laps[changes / 2], 0, 100);
    }

    [Fact]
    public async Task Rebuild_and_import()
    {
        var members = 10_000 * Scale;
        await using var stage = await FeedStage.CreateAsync();
        await stage.PutManyAsync(members);
        await TimeAsync("rebuild", members, async () =>
        {
            await stage.StartFeedAsync();
            await stage.WaitUntilCoveredAsync();
        });
        await stage.ExecuteAsync("UPDATE member SET facts = facts");
        await TimeAsync("update in one statement", members, stage.WaitUntilCoveredAsync);
        Assert.Equal(2, (await stage.ReadAsync("m1")).Facts!.Version);
    }

    private async Task TimeAsync(string what, int members, Func<Task> work)
    {
        var started = TimeProvider.System.GetTimestamp();
        GC.Collect();
        var before = GC.GetTotalMemory(false);
        await work();
        var seconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        output.WriteLine($"{what}: {members} members in {seconds:F2} s, {members / seconds:F0} members/s; {(GC.GetTotalMemory(false) - before) / 1048576} MiB more in use");
    }
}
