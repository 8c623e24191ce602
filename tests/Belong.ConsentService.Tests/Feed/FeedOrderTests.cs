using Belong.ConsentService.Cache;
using Npgsql;

namespace Belong.ConsentService.Tests.Feed;

/// <summary>Every commit reaches Redis, in whatever order transactions end.</summary>
public sealed class FeedOrderTests
{
    [Fact]
    public async Task A_change_reaches_Redis()
    {
        await using var stage = await FeedStage.CreateAsync();
        await stage.PutAsync("m1", "v1");
        await stage.StartFeedAsync();
        await stage.WaitUntilCoveredAsync();
        Assert.Equal("v1", await stage.ReadPolicyAsync("m1"));

        await stage.PutAsync("m1", "v2");
        await stage.WaitUntilCoveredAsync();

        Assert.Equal("v2", await stage.ReadPolicyAsync("m1"));
        Assert.Equal(2, (await stage.ReadAsync("m1")).Facts!.Version);
    }

    [Fact]
    public async Task A_transaction_that_began_early_and_commits_late_is_not_lost_and_holds_nobody_up()
    {
        await using var stage = await FeedStage.CreateAsync();
        await stage.PutManyAsync(10);
        await stage.StartFeedAsync();
        await stage.WaitUntilCoveredAsync();
        await using var connection = await stage.Source.OpenConnectionAsync();
        await using var early = await connection.BeginTransactionAsync();
        await using (var command = new NpgsqlCommand("UPDATE member SET facts = '{\"policy\":\"x\"}' WHERE id = 'm1'", connection))
        {
            await command.ExecuteNonQueryAsync();
        }

        for (var round = 0; round < 20; round++)
        {
            await stage.PutAsync("m2", $"v{round}");
            await stage.WaitUntilCoveredAsync();
            Assert.Equal($"v{round}", await stage.ReadPolicyAsync("m2"));
        }

        Assert.Equal(1, (await stage.ReadAsync("m1")).Facts!.Version);
        await early.CommitAsync();
        await stage.WaitUntilCoveredAsync();
        Assert.Equal(2, (await stage.ReadAsync("m1")).Facts!.Version);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Of_twelve_writers_no_commit_is_lost_and_none_goes_backward(int feeds)
    {
        const int Writers = 12;
        const int CommitsEach = 150;
        await using var stage = await FeedStage.CreateAsync();
        await stage.PutManyAsync(40);
        for (var i = 0; i < feeds; i++)
        {
            await stage.StartFeedAsync();
        }

        await stage.WaitUntilCoveredAsync();
        using var done = new CancellationTokenSource();
        var watch = WatchAsync(stage, 40, done.Token);
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => WriteAsync(stage, writer, CommitsEach)));
        await stage.WaitUntilCoveredAsync();
        await stage.AssertSameAsync();
        await done.CancelAsync();
        await watch;
        Assert.Equal(40 + (Writers * CommitsEach), await stage.ReadOneAsync<decimal>("SELECT sum(version) FROM member"));
    }

    /// <summary>Transactions that stay open for a while, so that they end in another order than they began.</summary>
    private static async Task WriteAsync(FeedStage stage, int writer, int commits)
    {
        var random = new Random(writer);
        for (var i = 0; i < commits; i++)
        {
            await using var connection = await stage.Source.OpenConnectionAsync();
            await using var transaction = await connection.BeginTransactionAsync();
            await using (var command = new NpgsqlCommand($"UPDATE member SET facts = facts WHERE id = 'm{random.Next(1, 41)}'", connection))
            {
                await command.ExecuteNonQueryAsync();
            }

            if (random.Next(3) == 0)
            {
                await Task.Delay(random.Next(5));
            }

            await transaction.CommitAsync();
        }
    }

    private static async Task WatchAsync(FeedStage stage, int members, CancellationToken cancellation)
    {
        var seen = new long[members + 1];
        var generation = await stage.ReadOneAsync<string>("SELECT generation FROM facts_identity");
        while (!cancellation.IsCancellationRequested)
        {
            for (var member = 1; member <= members; member++)
            {
                var read = await stage.Cache.ReadMemberAsync(generation, $"m{member}", TimeSpan.FromSeconds(5), default);
                Assert.Equal(ReadOutcome.Hit, read.Outcome);
                Assert.True(read.Facts!.Version >= seen[member], "a member went backward");
                seen[member] = read.Facts.Version;
            }

            await Task.Delay(1, CancellationToken.None);
        }
    }
}
