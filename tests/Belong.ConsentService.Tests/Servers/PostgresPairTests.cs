using System.Diagnostics;
using Belong.ConsentService.Testing.Postgres;
using Npgsql;
using Xunit.Abstractions;

namespace Belong.ConsentService.Tests.Servers;

/// <summary>The PostgreSQL with a standby of the fault tests loses nothing by a failover.</summary>
public sealed class PostgresPairTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_failover_under_load_loses_no_acknowledged_write_and_the_pair_becomes_whole_again()
    {
        var clock = Stopwatch.StartNew();
        await using var pair = await PostgresPair.StartAsync();
        output.WriteLine($"started after {clock.ElapsedMilliseconds} ms");
        var database = await pair.CreateDatabaseAsync();
        await AskAsync(pair.ToPrimary(database), "CREATE TABLE t (x int)");

        var writer = WriteUntilRefusedAsync(pair.ToPrimary(database));
        await Waiting.UntilAsync(async () => await AskAsync(pair.ToPrimary(database), "SELECT count(*) FROM t") is >= 50L);
        clock.Restart();
        await pair.FailOverAsync();
        output.WriteLine($"failed over after {clock.ElapsedMilliseconds} ms");

        var acknowledged = await writer;
        output.WriteLine($"{acknowledged} writes acknowledged");
        Assert.True(acknowledged >= 50);
        Assert.Equal((long)acknowledged, await AskAsync(pair.ToPrimary(database), $"SELECT count(*) FROM t WHERE x < {acknowledged}"));
        await WriteThroughBothAsync(database);

        clock.Restart();
        await pair.RebuildStandbyAsync();
        output.WriteLine($"whole again after {clock.ElapsedMilliseconds} ms");
        await pair.FailOverAsync();
        Assert.Equal(1L, await AskAsync(pair.ToPrimary(database), "SELECT count(*) FROM t WHERE x = -1"));
    }

    [Fact]
    public async Task A_commit_waits_for_the_standby()
    {
        await using var pair = await PostgresPair.StartAsync();
        var database = pair.ToPrimary(await pair.CreateDatabaseAsync());
        await AskAsync(database, "CREATE TABLE t (x int)");

        await pair.PauseStandbyAsync();
        var write = AskAsync(database, "INSERT INTO t VALUES (1)");
        await Assert.ThrowsAsync<TimeoutException>(() => write.WaitAsync(TimeSpan.FromMilliseconds(500)));
        await pair.ResumeStandbyAsync();
        await write.WaitAsync(TimeSpan.FromSeconds(20));

        var clock = Stopwatch.StartNew();
        await pair.RestartAsync();
        output.WriteLine($"restarted after {clock.ElapsedMilliseconds} ms");
        await AskAsync(database, "INSERT INTO t VALUES (2)");
        await pair.DropStandbyAsync();
        await AskAsync(database, "INSERT INTO t VALUES (3)");
        Assert.Equal(3L, await AskAsync(database, "SELECT count(*) FROM t"));
    }

    private static async Task WriteThroughBothAsync(string database)
    {
        await using var source = new NpgsqlDataSourceBuilder(database).BuildMultiHost();
        await using var primary = source.WithTargetSession(TargetSessionAttributes.Primary);
        await using var command = primary.CreateCommand("INSERT INTO t VALUES (-1)");
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Writes 0, 1, 2, ... and returns how many were acknowledged.</summary>
    private static async Task<int> WriteUntilRefusedAsync(string database)
    {
        await using var connection = new NpgsqlConnection(database + ";Pooling=false");
        await connection.OpenAsync();
        for (var written = 0; ; written++)
        {
            try
            {
                await using var command = new NpgsqlCommand($"INSERT INTO t VALUES ({written})", connection);
                await command.ExecuteNonQueryAsync();
            }
            catch (NpgsqlException)
            {
                return written;
            }
        }
    }

    private static async Task<object?> AskAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }
}
