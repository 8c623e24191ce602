using System.Globalization;
using Belong.ConsentService.Cache;
using Belong.ConsentService.Database;
using Belong.ConsentService.Feed;
using Belong.ConsentService.Rules;
using Belong.ConsentService.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StackExchange.Redis;

namespace Belong.ConsentService.Tests.Feed;

/// <summary>A database of its own, keys of their own in a Redis, and as many feeds between them as a test starts.</summary>
internal sealed class FeedStage : IAsyncDisposable
{
    private readonly List<(FeedWorker Worker, FeedDatabase Database)> _feeds = [];

    private readonly RedisConnection _connection;

    private FeedStage(string connectionString, NpgsqlDataSource source, ConnectionMultiplexer redis, RedisConnection connection, string prefix)
    {
        _connection = connection;
        ConnectionString = connectionString;
        Source = source;
        Redis = redis;
        Prefix = prefix;
        Facts = new FactsDatabase(source, NullLogger<FactsDatabase>.Instance);
        Cache = new FactsCache(connection, new CacheSettings { Prefix = prefix });
    }

    public string ConnectionString { get; }

    public NpgsqlDataSource Source { get; }

    public ConnectionMultiplexer Redis { get; }

    public string Prefix { get; }

    public FactsDatabase Facts { get; }

    public FactsCache Cache { get; }

    public KeptLog Log { get; } = new();

    public FeedSettings Settings { get; } = new() { MaxBackoffMs = 200 };

    public static async Task<FeedStage> CreateAsync(RedisServer? server = null)
    {
        var connectionString = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        return await CreateAsync(connectionString, (server ?? await RedisServer.SharedAsync()).Endpoint);
    }

    public static async Task<FeedStage> CreateAsync(string connectionString, string redis, string? prefix = null)
    {
        var stage = new FeedStage(
            connectionString,
            FactsDataSource.Create(connectionString),
            await ConnectionMultiplexer.ConnectAsync(RedisOptions.Parse(redis)),
            RedisConnection.Open(redis),
            prefix ?? RedisServer.CreatePrefix());
        await stage.Facts.MigrateAsync(default);
        return stage;
    }

    /// <summary>Starts a feed and does not wait for it.</summary>
    /// <param name="through">Where it reaches PostgreSQL, when not at the server itself.</param>
    public async Task<FeedCounters> StartFeedAsync(string? through = null, Func<CancellationToken, Task>? sweep = null)
    {
        var database = new FeedDatabase(Facts, Source, through ?? ConnectionString);
        var counters = new FeedCounters();
        var worker = new FeedWorker(
            database, new FactsCache(_connection, new CacheSettings { Prefix = Prefix }), Settings, counters, TimeProvider.System,
            Log, sweep ?? (_ => Task.CompletedTask));
        _feeds.Add((worker, database));
        await worker.StartAsync(default);
        return counters;
    }

    public async Task StopFeedsAsync()
    {
        foreach (var (worker, database) in _feeds)
        {
            await worker.StopAsync(default);
            worker.Dispose();
            await database.DisposeAsync();
        }

        _feeds.Clear();
    }

    public Task PutAsync(string id, string policy = "v1") => ExecuteAsync(
        $"INSERT INTO member (id, facts) VALUES ('{id}', '{Json(policy)}') ON CONFLICT (id) DO UPDATE SET facts = EXCLUDED.facts");

    public Task PutManyAsync(int count) => ExecuteAsync(
        $"INSERT INTO member (id, facts) SELECT 'm' || n, '{Json("v1")}' FROM generate_series(1, {count.ToString(CultureInfo.InvariantCulture)}) n");

    public async Task<int> ExecuteAsync(string sql)
    {
        await using var command = Source.CreateCommand(sql);
        command.CommandTimeout = 120;
        return await command.ExecuteNonQueryAsync();
    }

    public async Task<T> ReadOneAsync<T>(string sql)
    {
        await using var command = Source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Waits until Redis says that it contains all that is committed now.</summary>
    public async Task WaitUntilCoveredAsync()
    {
        var wanted = SnapshotCursor.Parse(await ReadOneAsync<string>("SELECT pg_current_snapshot()::text"));
        var generation = await ReadOneAsync<string>("SELECT generation FROM facts_identity");
        await Waiting.UntilAsync(
            async () => await Cache.ReadStateAsync(default) is { } state && state.Generation == generation && state.Snapshot.Covers(wanted),
            Log);
    }

    public async Task<MemberRead> ReadAsync(string id) =>
        await Cache.ReadMemberAsync(await ReadOneAsync<string>("SELECT generation FROM facts_identity"), id, TimeSpan.FromSeconds(5));

    public async Task<string?> ReadPolicyAsync(string id) => (await ReadAsync(id)).Facts?.AcquiredPolicyVersion;

    /// <summary>All members in Redis are as in PostgreSQL.</summary>
    public async Task AssertSameAsync()
    {
        await using var command = Source.CreateCommand("SELECT id, version FROM member");
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var read = await ReadAsync(reader.GetString(0));
            Assert.Equal((reader.GetString(0), reader.GetInt64(1)), (reader.GetString(0), read.Facts?.Version ?? -1));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopFeedsAsync();
        await Redis.DisposeAsync();
        await _connection.DisposeAsync();
        await Source.DisposeAsync();
    }

    private static string Json(string policy) =>
        System.Text.Encoding.UTF8.GetString(FactsJson.Write(new MemberFacts { AcquiredPolicyVersion = policy }));
}
