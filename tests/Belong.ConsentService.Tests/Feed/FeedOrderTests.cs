using Belong.ConsentService.Cache;
using Npgsql;

namespace Belong.ConsentService.Tests.Feed;

/// <summary>Every commit reaches Redis, in whatever order transactions end.</summary>
public sealed class FeedOrderTests
{
    private const int Members = 1_000;
    private const int Writers = 12;
    private const int CommitsEach = 105;
    private const int RowsEach = 20;

    /// <summary>Rows are locked in order, so that writers wait for each other and never in a circle.</summary>
    private const string UpdateSome = """
        WITH taken AS MATERIALIZED (SELECT id FROM member WHERE id = ANY($1) ORDER BY id FOR UPDATE)
        UPDATE member SET facts = facts FROM taken WHERE member.id = taken.id
        """;

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
        await using (var command = new NpgsqlCommand("UPDATE member SET facts = '{\"acquired_policy_version\":\"x\"}' WHERE id = 'm1'", connection))
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
    public async Task Of_twelve_writers_no_change_is_lost_and_none_goes_backward_while_one_transaction_stays_open(int feeds)
    {
        await using var stage = await FeedStage.CreateAsync();
        await stage.PutManyAsync(Members);
        await stage.PutAsync("open");
        for (var i = 0; i < feeds; i++)
        {
            await stage.StartFeedAsync();
        }

        await stage.WaitUntilCoveredAsync();
        await using var connection = await stage.Source.OpenConnectionAsync();
        await using var open = await connection.BeginTransactionAsync();
        await using var command = new NpgsqlCommand("UPDATE member SET facts = facts WHERE id = 'open'", connection);
        await command.ExecuteNonQueryAsync();
        using var done = new CancellationTokenSource();
        var watch = WatchAsync(stage, Members, done.Token);
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => WriteAsync(stage, writer)));
        await stage.WaitUntilCoveredAsync();
        await stage.AssertSameAsync();
        var changes = await stage.ReadOneAsync<decimal>("SELECT sum(version - 1) FROM member");
        Assert.Equal(Writers * CommitsEach * RowsEach, changes);
        Assert.True(changes >= 25_000);

        await open.CommitAsync();
        await stage.WaitUntilCoveredAsync();
        Assert.Equal(2, (await stage.ReadAsync("open")).Facts!.Version);
        await done.CancelAsync();
        await watch;
    }

    /// <summary>Transactions that stay open for a while, so that they end in another order than they began.</summary>
    private static async Task WriteAsync(FeedStage stage, int writer)
    {
        var random = new Random(writer);
        for (var i = 0; i < CommitsEach; i++)
        {
            await using var connection = await stage.Source.OpenConnectionAsync();
            await using var transaction = await connection.BeginTransactionAsync();
            await using (var command = new NpgsqlCommand(UpdateSome, connection))
            {
                var ids = Enumerable.Range(0, RowsEach).Select(row => $"m{(row * Members / RowsEach) + random.Next(1, (Members / RowsEach) + 1)}");
                command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. ids] });
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
                var read = await stage.Cache.ReadMemberAsync(generation, $"m{member}", TimeSpan.FromSeconds(5));
                Assert.Equal(ReadOutcome.Hit, read.Outcome);
                Assert.True(read.Facts!.Version >= seen[member], "a member went backward");
                seen[member] = read.Facts.Version;
            }

            await Task.Delay(1, CancellationToken.None);
        }
    }
}
