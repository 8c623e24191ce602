using System.Globalization;
using Belong.Consent.V1;
using Belong.ConsentService.Cache;
using Belong.ConsentService.Database;
using Belong.ConsentService.Dev.Bench.Floor;
using Belong.ConsentService.Dev.Bench.Load;
using Belong.ConsentService.Feed;
using Belong.ConsentService.Testing;
using Belong.ConsentService.Testing.Mix;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StackExchange.Redis;

namespace Belong.ConsentService.Dev.Bench.Stage;

/// <summary>Everything that is measured, each in a process of its own: PostgreSQL, Redis, the service, and the floor.</summary>
internal sealed class BenchStage : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "Belong.ConsentService.dll");

    private readonly PostgresServer _postgres;
    private readonly RedisConnection _redisConnection;
    private readonly string[] _settings;
    private readonly List<Expectation> _expectations = [];

    private BenchStage(PostgresServer postgres, RedisServer redis, string connection, int members)
    {
        _postgres = postgres;
        Redis = redis;
        MemberCount = members;
        Database = FactsDataSource.Create(connection);
        _redisConnection = RedisConnection.Open(redis.Endpoint);
        Cache = new FactsCache(_redisConnection, new CacheSettings());
        _settings = [$"Consent:Postgres:ConnectionString={connection}", $"Consent:Redis:Configuration={redis.Endpoint}"];
    }

    public int MemberCount { get; }

    public NpgsqlDataSource Database { get; }

    public RedisServer Redis { get; }

    public FactsCache Cache { get; }

    public BenchMembers Members { get; private set; } = null!;

    public ServiceProcess Service { get; private set; } = null!;

    public FloorProcess Floor { get; private set; } = null!;

    /// <summary>Answers to single checks that rested on PostgreSQL though Redis was filled.</summary>
    public long FromElsewhere => _expectations.Sum(expectation => expectation.FromElsewhere);

    /// <summary>What the key of a member begins with.</summary>
    public string Keys { get; private set; } = "";

    /// <summary>Ready to be measured: the members are in PostgreSQL and in Redis.</summary>
    public static async Task<BenchStage> StartAsync(int members, TextWriter output)
    {
        var postgres = await PostgresServer.StartPrivateAsync();
        var redis = await RedisServer.StartPrivateAsync();
        var stage = new BenchStage(postgres, redis, await postgres.CreateDatabaseAsync(), members);
        try
        {
            await new FactsDatabase(stage.Database, NullLogger<FactsDatabase>.Instance).MigrateAsync(CancellationToken.None);
            await output.WriteLineAsync($"loading {members:N0} members");
            stage.Members = await BenchMembers.LoadAsync(stage.Database, members);
            stage.Service = await stage.StartServiceAsync();
            await stage.WaitUntilFilledAsync();
            await WaitUntilAnsweringAsync(stage.Service.Address);
            stage.Keys = $"{new CacheSettings().Prefix}{(await stage.Cache.ReadStateAsync(CancellationToken.None))!.Generation}:";
            stage.Floor = await FloorProcess.StartAsync("floor", "--redis", redis.Endpoint, "--keys", stage.Keys);
            return stage;
        }
        catch
        {
            await stage.DisposeAsync();
            throw;
        }
    }

    /// <summary>One instance more, beside the one that is there; returns when it says that it is ready.</summary>
    public Task<ServiceProcess> StartServiceAsync(params string[] settings) => ServiceProcess.StartAsync(Program, [.. _settings, .. settings]);

    /// <summary>The service without what stands before its calls.</summary>
    public Task<FloorProcess> StartUngatedAsync() => FloorProcess.StartAsync(["ungated", .. _settings]);

    public Target TargetOf(BenchQuestion question) => TargetOf(question, Service.Address);

    public Target TargetOf(BenchQuestion question, Uri address) => TargetOf(question, address, question.Wire);

    /// <param name="wire">As it is asked.</param>
    public Target TargetOf(BenchQuestion question, Uri address, Question wire)
    {
        var expectation = new Expectation(Members.Expected(question));
        _expectations.Add(expectation);
        return new(address, wire, expectation, MemberCount);
    }

    /// <summary>The floor of every check: one GET of the same member.</summary>
    public Target TargetOfOneGet() => new(Floor.Address, BenchQuestions.Use.Wire, Expectation.AlwaysAllow, MemberCount);

    public Target TargetOfNothing() => new(Floor.Address, BenchQuestions.Bare, Expectation.AlwaysAllow, MemberCount);

    /// <summary>After Redis was away: until the service answers from it, and the floor too.</summary>
    public async Task WaitUntilAllAnswerAsync()
    {
        await WaitUntilAnsweringAsync(Service.Address);
        using var channel = GrpcChannel.ForAddress(Floor.Address);
        var floor = new ConsentCheck.ConsentCheckClient(channel);
        var limit = DateTime.UtcNow + Patience;
        while (true)
        {
            try
            {
                await floor.CheckUseAsync(BenchQuestions.AskUse(MemberMix.Id(1)));
                return;
            }
            catch (RpcException) when (DateTime.UtcNow < limit)
            {
                // Its connection is not back yet.
                await Task.Delay(20);
            }
        }
    }

    public async Task<long> ReadRedisBytesAsync()
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync(RedisOptions.Parse(Redis.Endpoint));
        var lines = (await redis.GetServers()[0].InfoAsync("memory")).SelectMany(section => section);
        return long.Parse(lines.First(line => line.Key == "used_memory").Value, CultureInfo.InvariantCulture);
    }

    /// <summary>Until an instance answers from Redis.</summary>
    public static async Task WaitUntilAnsweringAsync(Uri address)
    {
        using var channel = GrpcChannel.ForAddress(address);
        var checks = new ConsentCheck.ConsentCheckClient(channel);
        using var limit = new CancellationTokenSource(Patience);
        while ((await checks.CheckUseAsync(BenchQuestions.AskUse(MemberMix.Id(1)), cancellationToken: limit.Token)).Decision.Basis.Source != FactsSource.Cache)
        {
            await Task.Delay(20, limit.Token);
        }
    }

    /// <summary>Until Redis says of itself that it mirrors all that is in PostgreSQL now.</summary>
    public async Task WaitUntilFilledAsync()
    {
        await using var command = Database.CreateCommand("SELECT pg_current_snapshot()::text");
        var wanted = SnapshotCursor.Parse((string)(await command.ExecuteScalarAsync())!);
        using var limit = new CancellationTokenSource(Patience);
        while (!await IsCoveredAsync(wanted, limit.Token))
        {
            await Task.Delay(5, limit.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var owned in new IAsyncDisposable?[] { Floor, Service, Database, _redisConnection, Redis, _postgres })
        {
            if (owned is not null)
            {
                await owned.DisposeAsync();
            }
        }
    }

    private async Task<bool> IsCoveredAsync(SnapshotCursor wanted, CancellationToken cancellation)
    {
        try
        {
            return await Cache.ReadStateAsync(cancellation) is { } state && state.Snapshot.Covers(wanted);
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            // It has just been started again.
            return false;
        }
    }
}
