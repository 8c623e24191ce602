using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Belong.ConsentService.Testing;
using Npgsql;
using StackExchange.Redis;

namespace Belong.ConsentService.Tests.Servers;

/// <summary>The servers that all other tests stand on do what the fault tests need of them.</summary>
public sealed class TestServersTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);

    [Fact]
    public async Task Each_test_gets_an_empty_database_of_its_own()
    {
        var server = await PostgresServer.SharedAsync();
        var first = await server.CreateDatabaseAsync();
        var second = await server.CreateDatabaseAsync();

        await ScalarAsync(first, "CREATE TABLE t (x int)");

        Assert.Equal(1L, await ScalarAsync(first, "SELECT count(*) FROM pg_class WHERE relname = 't'"));
        Assert.Equal(0L, await ScalarAsync(second, "SELECT count(*) FROM pg_class WHERE relname = 't'"));
        Assert.Equal("on", await ScalarAsync(first, "SHOW synchronous_commit"));
    }

    [Fact]
    public async Task A_killed_PostgreSQL_keeps_what_was_committed()
    {
        await using var server = await PostgresServer.StartPrivateAsync();
        var database = await server.CreateDatabaseAsync();
        await ScalarAsync(database, "CREATE TABLE t AS SELECT 7 AS x");

        await server.KillAsync();
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => ScalarAsync(database, "SELECT 1"));
        await server.RestartAsync();

        Assert.Equal(7, await ScalarAsync(database, "SELECT x FROM t"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_restored_PostgreSQL_has_the_data_of_the_backup_and_nothing_later(bool asNewSystem)
    {
        const string System = "SELECT system_identifier FROM pg_control_system()";
        const string NextId = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint";
        await using var server = await PostgresServer.StartRestorableAsync();
        var database = await server.CreateDatabaseAsync();
        await ScalarAsync(database, "CREATE TABLE t AS SELECT 7 AS x");
        var before = await ScalarAsync(server.ConnectionString, System);
        var backup = await server.TakeBackupAsync();
        await ScalarAsync(database, "INSERT INTO t VALUES (8)");
        var lastId = (long)(await ScalarAsync(database, NextId))! - 1;

        await server.RestoreAsync(backup, asNewSystem);

        Assert.Equal(7, await ScalarAsync(database, "SELECT sum(x)::int FROM t"));
        Assert.Equal(asNewSystem, !Equals(before, await ScalarAsync(server.ConnectionString, System)));
        Assert.True(asNewSystem || (long)(await ScalarAsync(database, NextId))! <= lastId);
        await server.RestartAsync();
        Assert.Equal(7, await ScalarAsync(database, "INSERT INTO t VALUES (0) RETURNING (SELECT sum(x)::int FROM t)"));
    }

    [Fact]
    public async Task A_paused_PostgreSQL_hangs_on_open_connections_and_goes_on_when_resumed()
    {
        await using var server = await PostgresServer.StartPrivateAsync();
        await using var connection = new NpgsqlConnection(server.ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("SELECT 5", connection);

        await server.PauseAsync();
        var answer = command.ExecuteScalarAsync();
        await Assert.ThrowsAsync<TimeoutException>(() => answer.WaitAsync(Short));
        await server.ResumeAsync();

        Assert.Equal(5, await answer.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task A_restarted_Redis_is_empty_and_on_the_same_port()
    {
        await using var server = await RedisServer.StartPrivateAsync();
        await using var redis = await ConnectionMultiplexer.ConnectAsync(server.Endpoint);
        await redis.GetDatabase().StringSetAsync("k", "v");

        await server.RestartAsync();

        await using var again = await ConnectionMultiplexer.ConnectAsync(server.Endpoint);
        Assert.True((await again.GetDatabase().StringGetAsync("k")).IsNull);
    }

    [Fact]
    public async Task A_paused_Redis_answers_nothing_until_resumed()
    {
        await using var server = await RedisServer.StartPrivateAsync();
        using var client = await ConnectAsync(server.Port);

        await server.PauseAsync();
        var answer = PingAsync(client);
        await Assert.ThrowsAsync<TimeoutException>(() => answer.WaitAsync(Short));
        await server.ResumeAsync();

        Assert.Equal('+', await answer.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task A_Redis_goes_back_in_time_and_is_empty_after_the_next_restart()
    {
        await using var server = await RedisServer.StartPrivateAsync();
        await using (var redis = await ConnectionMultiplexer.ConnectAsync(server.Endpoint))
        {
            await redis.GetDatabase().StringSetAsync("k", "old");
            var copy = await server.SaveCopyAsync();
            await redis.GetDatabase().StringSetAsync("k", "new");
            await redis.GetDatabase().StringSetAsync("l", "new");
            await server.GoBackAsync(copy);
        }

        Assert.Equal(("old", null), await ReadAsync(server));
        await server.RestartAsync();
        Assert.Equal((null, null), await ReadAsync(server));
    }

    [Fact]
    public async Task A_Redis_refuses_writes_when_its_memory_is_set_too_small()
    {
        await using var server = await RedisServer.StartPrivateAsync();
        await using var redis = await ConnectionMultiplexer.ConnectAsync(server.Endpoint);

        await server.ConfigureAsync("maxmemory", "1");
        var refusal = await Assert.ThrowsAsync<RedisServerException>(() => redis.GetDatabase().StringSetAsync("k", "v"));
        Assert.StartsWith("OOM", refusal.Message, StringComparison.Ordinal);

        await server.ConfigureAsync("maxmemory", "0");
        Assert.True(await redis.GetDatabase().StringSetAsync("k", "v"));
    }

    [Fact]
    public async Task A_delayed_proxy_lets_everything_through_late_and_in_order()
    {
        var redis = await RedisServer.SharedAsync();
        await using var proxy = CuttableProxy.Start(redis.Port);
        using var client = await ConnectAsync(proxy.Port);
        await PingAsync(client);

        proxy.Delay(Short);
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => client.GetStream().WriteAsync("PING\r\n"u8.ToArray()).AsTask()));
        var answers = new byte[10 * 7];
        await client.GetStream().ReadExactlyAsync(answers);
        Assert.True(clock.Elapsed >= 2 * Short);
        Assert.Equal(string.Concat(Enumerable.Repeat("+PONG\r\n", 10)), Encoding.ASCII.GetString(answers));

        proxy.Delay(TimeSpan.Zero);
        clock.Restart();
        await PingAsync(client);
        Assert.True(clock.Elapsed < 2 * Short);
    }

    [Fact]
    public async Task A_cut_proxy_resets_connections_and_refuses_new_ones_until_restored()
    {
        var redis = await RedisServer.SharedAsync();
        await using var proxy = CuttableProxy.Start(redis.Port);
        using var client = await ConnectAsync(proxy.Port);
        Assert.Equal('+', await PingAsync(client));

        proxy.Cut();
        await Assert.ThrowsAnyAsync<IOException>(() => PingAsync(client));
        await Assert.ThrowsAsync<SocketException>(() => ConnectAsync(proxy.Port));
        Assert.Equal(0, proxy.SocketCount);

        proxy.Restore();
        using var next = await ConnectAsync(proxy.Port);
        Assert.Equal('+', await PingAsync(next));
    }

    [Fact]
    public async Task A_stalled_proxy_accepts_and_forwards_nothing_until_restored()
    {
        var redis = await RedisServer.SharedAsync();
        await using var proxy = CuttableProxy.Start(redis.Port);
        using var old = await ConnectAsync(proxy.Port);
        Assert.Equal('+', await PingAsync(old));

        proxy.Stall();
        using var fresh = await ConnectAsync(proxy.Port);
        var answers = Task.WhenAll(PingAsync(old), PingAsync(fresh));
        await Assert.ThrowsAsync<TimeoutException>(() => answers.WaitAsync(Short));
        proxy.Restore();

        Assert.Equal("++", new string(await answers.WaitAsync(TimeSpan.FromSeconds(10))));
    }

    private static async Task<(string? K, string? L)> ReadAsync(RedisServer server)
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync(server.Endpoint);
        return (await redis.GetDatabase().StringGetAsync("k"), await redis.GetDatabase().StringGetAsync("l"));
    }

    private static async Task<object?> ScalarAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    private static async Task<TcpClient> ConnectAsync(int port)
    {
        var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port);
        return client;
    }

    private static async Task<char> PingAsync(TcpClient client)
    {
        await client.GetStream().WriteAsync("PING\r\n"u8.ToArray());
        var answer = new byte[7];
        await client.GetStream().ReadExactlyAsync(answer);
        return (char)answer[0];
    }
}
