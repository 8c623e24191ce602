using System.Diagnostics;
using System.Globalization;
using Belong.ConsentService.Cache;
using Belong.ConsentService.Database;
using Belong.ConsentService.Testing;
using StackExchange.Redis;

namespace Belong.ConsentService.Dev.Measuring;

/// <summary>
/// A service on a PostgreSQL with members of the mix and an empty Redis: how long until Redis has them all, whether checks
/// are answered meanwhile, and what it takes of memory. May be run again and again.
/// </summary>
internal sealed class RebuildMeasure : IAsyncDisposable
{
    /// <summary>The state, the generations and the register.</summary>
    private const int OtherKeys = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(10);
    private static readonly RedisKey State = new CacheKeys(new CacheSettings().Prefix).State;

    private readonly PostgresServer _postgres;
    private readonly RedisServer _redis;
    private readonly string _connection;
    private readonly int _members;
    private readonly int _checksPerSecond;

    private RebuildMeasure(PostgresServer postgres, RedisServer redis, string connection, int members, int checksPerSecond)
    {
        _postgres = postgres;
        _redis = redis;
        _connection = connection;
        _members = members;
        _checksPerSecond = checksPerSecond;
    }

    /// <summary>Starts stores of its own, and loads the members into PostgreSQL.</summary>
    public static async Task<RebuildMeasure> StartAsync(int members, int checksPerSecond)
    {
        var postgres = await PostgresServer.StartPrivateAsync();
        var redis = await RedisServer.StartPrivateAsync();
        var measure = new RebuildMeasure(postgres, redis, await postgres.CreateDatabaseAsync(), members, checksPerSecond);
        try
        {
            await using var database = FactsDataSource.Create(measure._connection);
            await MixLoad.RunAsync(database, members);
            return measure;
        }
        catch
        {
            await measure.DisposeAsync();
            throw;
        }
    }

    /// <summary>One service from its start to its end, on a Redis that is new.</summary>
    public async Task<RebuildFigures> RunAsync()
    {
        await _redis.RestartAsync();
        await using var redis = await ConnectionMultiplexer.ConnectAsync(RedisOptions.Parse(_redis.Endpoint));
        var empty = await ReadUsedBytesAsync(redis);
        var since = Stopwatch.StartNew();
        var filled = WaitUntilFilledAsync(redis);
        await using var service = await ServiceProcess.StartAsync(
            Path.Combine(AppContext.BaseDirectory, "Belong.ConsentService.dll"),
            [$"Consent:Postgres:ConnectionString={_connection}", $"Consent:Redis:Configuration={_redis.Endpoint}"]);
        var checks = new RebuildChecks(service.Address, _members, _checksPerSecond);
        var atStart = await checks.RunUntilAsync(filled, since);
        await SettleAsync(redis);
        var (used, resident) = (await ReadUsedBytesAsync(redis), service.ReadResidentBytes());

        since.Restart();
        await redis.GetServers()[0].FlushAllDatabasesAsync();
        var emptied = await checks.RunUntilAsync(WaitUntilFilledAsync(redis), since);
        await SettleAsync(redis);
        return new RebuildFigures(_members, atStart, emptied, used - empty, resident, service.ReadPeakBytes());
    }

    public async ValueTask DisposeAsync()
    {
        await _redis.DisposeAsync();
        await _postgres.DisposeAsync();
    }

    private static async Task WaitUntilFilledAsync(ConnectionMultiplexer redis)
    {
        var watch = Stopwatch.StartNew();
        while (!await redis.GetDatabase().KeyExistsAsync(State))
        {
            if (watch.Elapsed > Patience)
            {
                throw new TimeoutException($"Redis is not filled after {Patience.TotalMinutes} minutes");
            }

            await Task.Delay(Look);
        }
    }

    private static async Task<long> ReadUsedBytesAsync(ConnectionMultiplexer redis)
    {
        var lines = (await redis.GetServers()[0].InfoAsync("memory")).SelectMany(section => section);
        return long.Parse(lines.First(line => line.Key == "used_memory").Value, CultureInfo.InvariantCulture);
    }

    /// <summary>Waits until all is quiet, and sees that every member is there.</summary>
    private async Task SettleAsync(ConnectionMultiplexer redis)
    {
        await Task.Delay(Settling);
        var keys = await redis.GetServers()[0].DatabaseSizeAsync();
        if (keys != _members + OtherKeys)
        {
            throw new InvalidOperationException($"Redis has {keys} keys; {_members} members and {OtherKeys} other keys were expected");
        }
    }
}
