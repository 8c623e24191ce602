using Belong.ConsentService.Audit;
using Belong.ConsentService.Database;
using Belong.ConsentService.Feed;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Testing;
using Belong.ConsentService.Warming;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using StackExchange.Redis;

namespace Belong.ConsentService.Tests.Hosting;

/// <summary>A database and keys in a Redis of its own, connections that can be cut, and as many instances as a test starts.</summary>
internal sealed class ServiceStage : IAsyncDisposable
{
    private readonly List<ServiceInstance> _instances = [];
    private readonly string _connectionString;

    private ServiceStage(string connectionString, RedisServer redis, ConnectionMultiplexer connection, int postgresPort)
    {
        _connectionString = connectionString;
        Database = FactsDataSource.Create(connectionString);
        RedisConnection = connection;
        Redis = CuttableProxy.Start(redis.Port);
        Lookups = CuttableProxy.Start(postgresPort);
        Feed = CuttableProxy.Start(postgresPort);
    }

    /// <summary>Before Redis, as the instances reach it.</summary>
    public CuttableProxy Redis { get; }

    /// <summary>Before PostgreSQL, as all but the feed reach it.</summary>
    public CuttableProxy Lookups { get; }

    /// <summary>Before PostgreSQL, as the feed reaches it.</summary>
    public CuttableProxy Feed { get; }

    /// <summary>PostgreSQL itself.</summary>
    public NpgsqlDataSource Database { get; }

    /// <summary>Redis itself.</summary>
    public ConnectionMultiplexer RedisConnection { get; }

    public IDatabase Keys => RedisConnection.GetDatabase();

    public string Prefix { get; } = RedisServer.CreatePrefix();

    /// <summary>What the instances warn of.</summary>
    public Warnings Warnings { get; } = new();

    public ShiftedClock Clock { get; } = new();

    public static async Task<ServiceStage> CreateAsync(PostgresServer? server = null)
    {
        var postgres = server ?? await PostgresServer.SharedAsync();
        var redis = await RedisServer.SharedAsync();
        var connection = await ConnectionMultiplexer.ConnectAsync(redis.Endpoint);
        return new ServiceStage(await postgres.CreateDatabaseAsync(), redis, connection, postgres.Port);
    }

    /// <summary>Settings under which an instance works here.</summary>
    public ConsentSettings Settings() => new()
    {
        Listen = new ListenSettings { GrpcPort = 0, MetricsPort = 0 },
        Postgres = new PostgresSettings
        {
            ConnectionString = Behind(Lookups),
            FeedConnectionString = Behind(Feed),
            LookupTimeoutMs = 20_000,
        },
        Redis = new RedisSettings { Configuration = Redis.Endpoint, Prefix = Prefix, LookupTimeoutMs = 2_000 },
        Freshness = new FreshnessSettings { ProbeMs = 50 },
        // What a test puts into the cache must stay there.
        Audit = new AuditSettings { SharePerMinutePercent = 0 },
        WarmUp = new WarmUpSettings { MaxMs = 0 },
        DrainMs = 0,
    };

    /// <param name="add">Services that the instance is to have besides.</param>
    public async Task<ServiceInstance> StartAsync(Action<ConsentSettings>? configure = null, Action<IServiceCollection>? add = null)
    {
        var settings = Settings();
        configure?.Invoke(settings);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Logging.AddProvider(Warnings);
        add?.Invoke(builder.Services);
        var app = ConsentHost.Build(builder, settings, Clock);
        var instance = new ServiceInstance(app, Clock);
        lock (_instances)
        {
            _instances.Add(instance);
        }

        await app.StartAsync();
        instance.Open();
        return instance;
    }

    /// <summary>An instance with all roles that answers from the cache.</summary>
    public async Task<ServiceInstance> StartFreshAsync(Action<ConsentSettings>? configure = null)
    {
        var instance = await StartAsync(configure);
        await WaitUntilCoveredAsync(instance);
        return instance;
    }

    /// <summary>The policy and the vendors of the demonstration, and an instance that knows them.</summary>
    public async Task<ServiceInstance> StartWithPolicyAsync(Action<ConsentSettings>? configure = null)
    {
        var instance = await StartFreshAsync(configure);
        await instance.RecordPolicyAsync();
        await WaitUntilCoveredAsync(instance);
        return instance;
    }

    /// <summary>Waits until an instance knows that the cache has all that is committed now.</summary>
    public async Task WaitUntilCoveredAsync(ServiceInstance instance)
    {
        var wanted = await ReadSnapshotAsync();
        var now = Clock.GetTimestamp();
        await Waiting.UntilAsync(() => instance.State is { Position: { } position } state
            && position.Covers(wanted) && state.CacheFreshAsOf > now && state.RegisterFreshAsOf > now);
    }

    public async Task<SnapshotCursor> ReadSnapshotAsync() => SnapshotCursor.Parse(await ReadOneAsync<string>("SELECT pg_current_snapshot()::text"));

    public async Task<T> ReadOneAsync<T>(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        // Of all members at once, on a machine that is busy.
        command.CommandTimeout = 300;
        await command.ExecuteNonQueryAsync();
    }

    public Task<string> ReadGenerationAsync() => ReadOneAsync<string>("SELECT generation FROM facts_identity");

    /// <summary>The key of a member's value.</summary>
    public async Task<RedisKey> KeyOfAsync(string member) => await KeyAsync(member);

    /// <summary>The same for a Redis that is asked by other means.</summary>
    public async Task<string> KeyAsync(string member) => $"{Prefix}{await ReadGenerationAsync()}:{member}";

    /// <summary>Stops the feed from moving, connections kept.</summary>
    public Task StopFeedAsync()
    {
        Feed.Stall();
        // A snapshot that nothing was written after stays true for ever: this is what the feed now misses.
        return ExecuteAsync("SELECT pg_current_xact_id()");
    }

    public async ValueTask DisposeAsync()
    {
        Redis.Restore();
        Lookups.Restore();
        Feed.Restore();
        foreach (var instance in _instances)
        {
            await instance.DisposeAsync();
        }

        await RedisConnection.DisposeAsync();
        await Database.DisposeAsync();
        await Redis.DisposeAsync();
        await Lookups.DisposeAsync();
        await Feed.DisposeAsync();
    }

    private string Behind(CuttableProxy proxy) =>
        new NpgsqlConnectionStringBuilder(_connectionString) { Host = "127.0.0.1", Port = proxy.Port }.ConnectionString;
}
