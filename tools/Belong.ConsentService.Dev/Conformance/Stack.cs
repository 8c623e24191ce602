using System.Globalization;
using Belong.Consent.V1;
using Belong.ConsentService.Access;
using Belong.ConsentService.Feed;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Testing;
using Belong.ConsentService.Warming;
using Grpc.Core;
using Grpc.Net.Client;
using Npgsql;

namespace Belong.ConsentService.Dev.Conformance;

/// <summary>
/// The whole service on real stores, in this process: PostgreSQL and Redis behind connections that can
/// be cut, and a clock that stands where the cases want it.
/// </summary>
internal sealed class Stack : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly CuttableProxy _redis;
    private readonly CuttableProxy _lookups;
    private readonly CuttableProxy _feed;
    private readonly NpgsqlDataSource _database;
    private readonly WebApplication _host;
    private readonly GrpcChannel _channel;
    private readonly JsonCalls _json;
    private readonly string _grantsFile;
    private TimeSpan _base;

    private Stack(CuttableProxy redis, CuttableProxy lookups, CuttableProxy feed, string database, WebApplication host, string grantsFile)
    {
        _redis = redis;
        _lookups = lookups;
        _feed = feed;
        _database = NpgsqlDataSource.Create(database);
        _host = host;
        _grantsFile = grantsFile;
        _channel = GrpcChannel.ForAddress(host.Urls.First());
        Clock = (CaseClock)host.Services.GetRequiredService<TimeProvider>();
        Checks = new ConsentCheck.ConsentCheckClient(_channel);
        // The ports are listened on in the order gRPC, HTTP, metrics.
        _json = new JsonCalls(new Uri(host.Urls.ElementAt(1)));
        JsonChecks = new ConsentCheck.ConsentCheckClient(_json);
        Audience = new ConsentAudience.ConsentAudienceClient(_channel);
        Registry = new ConsentRegistry.ConsentRegistryClient(_channel);
    }

    public CaseClock Clock { get; }

    public ConsentCheck.ConsentCheckClient Checks { get; }

    /// <summary>By HTTP and JSON.</summary>
    public ConsentCheck.ConsentCheckClient JsonChecks { get; }

    public ConsentAudience.ConsentAudienceClient Audience { get; }

    public ConsentRegistry.ConsentRegistryClient Registry { get; }

    /// <summary>The database itself, for facts that the registry would refuse.</summary>
    public NpgsqlDataSource Database => _database;

    private FactsState State => _host.Services.GetRequiredService<FactsStateHolder>().Current;

    public static async Task<Stack> StartAsync(byte[] grants)
    {
        var postgres = await PostgresServer.SharedAsync();
        var redis = await RedisServer.SharedAsync();
        var database = await postgres.CreateDatabaseAsync();
        var redisProxy = CuttableProxy.Start(redis.Port);
        var lookups = CuttableProxy.Start(postgres.Port);
        var feed = CuttableProxy.Start(postgres.Port);
        var file = Path.GetTempFileName();
        await File.WriteAllBytesAsync(file, grants);
        var settings = new ConsentSettings
        {
            Access = new AccessSettings { GrantsFile = file },
            Listen = new ListenSettings { GrpcPort = 0, HttpPort = 0, MetricsPort = 0 },
            Postgres = new PostgresSettings
            {
                ConnectionString = Behind(lookups, database),
                FeedConnectionString = Behind(feed, database),
                LookupTimeoutMs = 5_000,
            },
            Redis = new RedisSettings { Configuration = redisProxy.Endpoint, Prefix = RedisServer.CreatePrefix(), LookupTimeoutMs = 5_000 },
            DrainMs = 0,
            Freshness = new FreshnessSettings { ProbeMs = 20 },
            WarmUp = new WarmUpSettings { MaxMs = 0 },
        };
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var host = ConsentHost.Build(builder, settings, new CaseClock());
        await host.StartAsync();
        var stack = new Stack(redisProxy, lookups, feed, database, host, file);
        await stack.WaitUntilFreshAsync();
        return stack;
    }

    public static Metadata Authorization(string key) => new() { { "authorization", $"Bearer {key}" } };

    /// <summary>Waits until the feed has carried everything recorded so far, and no time has passed since.</summary>
    public async Task WaitUntilFreshAsync()
    {
        var snapshot = await ReadSnapshotAsync();
        await WaitAsync(
            () => State is { } state && state.CacheFreshAsOf == Clock.GetTimestamp() && state.RegisterFreshAsOf == Clock.GetTimestamp()
                && state.Position is { } position && position.Covers(snapshot),
            "the feed to carry what was recorded");
        _base = Clock.Elapsed;
    }

    /// <summary>Stops the feed, so that from now on the facts grow old with the clock.</summary>
    public async Task StopFeedAsync()
    {
        _feed.Stall();
        // A position that nothing was written after stays true for ever; this is what the feed now misses.
        await ExecuteAsync("INSERT INTO member (id, facts) VALUES (gen_random_uuid()::text, '{}')");
        var snapshot = await ReadSnapshotAsync();
        if (State.Position!.Covers(snapshot))
        {
            throw new InvalidOperationException("the feed goes on although its connection stands still");
        }
    }

    /// <summary>The time since the facts were last known to be fresh; it never goes back.</summary>
    public void SetAge(TimeSpan age) => Clock.Elapsed = _base + age;

    public void CutDatabase() => _lookups.Cut();

    public void CutCache() => _redis.Cut();

    /// <summary>Lets the feed go on, with a register that is empty again: the next cases have their own.</summary>
    public async Task BeginAsync()
    {
        _feed.Restore();
        await ExecuteAsync("DELETE FROM vendor; DELETE FROM policy_version; DELETE FROM determination;");
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        _json.Dispose();
        await _host.StopAsync();
        await _host.DisposeAsync();
        File.Delete(_grantsFile);
        await _database.DisposeAsync();
        await _redis.DisposeAsync();
        await _lookups.DisposeAsync();
        await _feed.DisposeAsync();
    }

    private static string Behind(CuttableProxy proxy, string connectionString) =>
        new NpgsqlConnectionStringBuilder(connectionString) { Host = "127.0.0.1", Port = proxy.Port }.ConnectionString;

    private static async Task WaitAsync(Func<bool> isReached, string what)
    {
        var deadline = TimeProvider.System.GetTimestamp();
        while (!isReached())
        {
            if (TimeProvider.System.GetElapsedTime(deadline) > Patience)
            {
                throw new TimeoutException($"waited {Patience.TotalSeconds:F0} s for {what}");
            }

            await Task.Delay(1);
        }
    }

    private async Task<SnapshotCursor> ReadSnapshotAsync()
    {
        await using var command = _database.CreateCommand("SELECT pg_current_snapshot()::text");
        return SnapshotCursor.Parse((string)(await command.ExecuteScalarAsync())!);
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = _database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
