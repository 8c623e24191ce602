using System.Diagnostics;
using System.Globalization;
using Belong.Consent.V1;
using Belong.ConsentService.Cache;
using Belong.ConsentService.Database;
using Belong.ConsentService.Dev.Seeding;
using Belong.ConsentService.Testing;
using Belong.ConsentService.Testing.Mix;
using Grpc.Core;
using Grpc.Net.Client;
using Npgsql;
using StackExchange.Redis;

namespace Belong.ConsentService.Dev.Sizing;

/// <summary>What members, changes and time take in PostgreSQL and Redis, recorded through the registry as in production.</summary>
internal sealed class SizingRun(int members, int changes) : IAsyncDisposable
{
    private const int Writers = 4;
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(2);
    private static readonly string[] Tables = ["member", "member_boundary", "history"];

    private readonly List<IAsyncDisposable> _owned = [];
    private NpgsqlDataSource _database = null!;
    private ConnectionMultiplexer _redis = null!;
    private GrpcChannel _channel = null!;

    public async Task RunAsync(CancellationToken cancellation)
    {
        await StartAsync(cancellation);
        var (emptyRedis, emptyWal) = (await ReadRedisBytesAsync(), await ReadWalBytesAsync());
        var watch = Stopwatch.StartNew();
        await new Seeder(_channel, null, Console.Out, cancellation).RunAsync(new SeedPlan(Seed: 1, members));
        var took = watch.Elapsed;
        var importWal = await ReadWalBytesAsync() - emptyWal;
        await VacuumAsync();
        await Task.Delay(Settling, cancellation);
        Console.WriteLine($"\n{members} members recorded through the registry in {took.TotalSeconds:F1} s, {importWal / (double)members:F0} bytes of WAL for each");
        await TellTablesAsync();
        Console.WriteLine($"  Redis                     {(await ReadRedisBytesAsync() - emptyRedis) / (double)members,8:F1} bytes for each member");
        await MeasureChangesAsync(cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var owned in _owned.AsEnumerable().Reverse())
        {
            await owned.DisposeAsync();
        }

        _channel?.Dispose();
    }

    private async Task StartAsync(CancellationToken cancellation)
    {
        var postgres = await PostgresServer.StartPrivateAsync(cancellation);
        _owned.Add(postgres);
        var redis = await RedisServer.StartPrivateAsync(cancellation);
        _owned.Add(redis);
        var connection = await postgres.CreateDatabaseAsync(cancellation);
        _database = FactsDataSource.Create(connection);
        _owned.Add(_database);
        _redis = await ConnectionMultiplexer.ConnectAsync(RedisOptions.Parse(redis.Endpoint));
        _owned.Add(_redis);
        var service = await ServiceProcess.StartAsync(
            Path.Combine(AppContext.BaseDirectory, "Belong.ConsentService.dll"),
            [$"Consent:Postgres:ConnectionString={connection}", $"Consent:Redis:Configuration={redis.Endpoint}"], cancellation);
        _owned.Add(service);
        _channel = GrpcChannel.ForAddress(service.Address);
    }

    private async Task TellTablesAsync()
    {
        var total = 0L;
        foreach (var table in Tables)
        {
            var (heap, indexes) = (await ReadAsync($"SELECT pg_table_size('{table}')"), await ReadAsync($"SELECT pg_indexes_size('{table}')"));
            total += heap + indexes;
            Console.WriteLine($"  {table,-25} {heap / (double)members,8:F1} bytes for each member, indexes {indexes / (double)members:F1}");
        }

        Console.WriteLine($"  together                  {total / (double)members,8:F1} bytes for each member; the database has {await ReadAsync("SELECT pg_database_size(current_database())") / 1048576.0:F0} MiB");
    }

    /// <summary>Opt-outs of direct mail of members at random, one in a write.</summary>
    private async Task MeasureChangesAsync(CancellationToken cancellation)
    {
        var before = await ReadWalBytesAsync();
        await Task.Delay(IdleTime, cancellation);
        var idlePerSecond = (await ReadWalBytesAsync() - before) / IdleTime.TotalSeconds;
        var (wal, history) = (await ReadWalBytesAsync(), await ReadAsync("SELECT pg_total_relation_size('history')"));
        var watch = Stopwatch.StartNew();
        var registry = new ConsentRegistry.ConsentRegistryClient(_channel);
        await Parallel.ForEachAsync(Enumerable.Range(0, changes), new ParallelOptions { MaxDegreeOfParallelism = Writers, CancellationToken = cancellation }, async (_, token) =>
            await ChangeAsync(registry, token));
        var seconds = watch.Elapsed.TotalSeconds;
        var walBytes = await ReadWalBytesAsync() - wal - (idlePerSecond * seconds);
        var historyBytes = await ReadAsync("SELECT pg_total_relation_size('history')") - history;
        Console.WriteLine($"\n{changes} single changes, {Writers} at once, {changes / seconds:F0} a second:");
        Console.WriteLine($"  WAL                       {walBytes / changes,8:F0} bytes for each change");
        Console.WriteLine($"  history                   {historyBytes / (double)changes,8:F0} bytes for each change, indexes included");
        Console.WriteLine($"  WAL at rest               {idlePerSecond,8:F0} bytes a second");
    }

    /// <summary>Of a member who is not erased: nothing is recorded of those.</summary>
    private async Task ChangeAsync(ConsentRegistry.ConsentRegistryClient registry, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                await registry.RecordMemberAsync(BuildChange(), cancellationToken: cancellation);
                return;
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.FailedPrecondition)
            {
                // Another is chosen.
            }
        }
    }

    private RecordMemberRequest BuildChange() => new()
    {
        Context = new WriteContext { IdempotencyKey = Guid.NewGuid().ToString("N"), Actor = "privacy-desk", Reason = "asked by phone" },
        MemberId = MemberMix.Id(1 + Random.Shared.Next(members)),
        Changes = { new MemberChange { DmOptOut = new DmOptOut { AllChannels = true } } },
    };

    private async Task VacuumAsync()
    {
        await using var command = _database.CreateCommand("VACUUM (ANALYZE)");
        command.CommandTimeout = 600;
        await command.ExecuteNonQueryAsync();
    }

    private Task<long> ReadWalBytesAsync() => ReadAsync("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint");

    private async Task<long> ReadAsync(string sql)
    {
        await using var command = _database.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private async Task<long> ReadRedisBytesAsync()
    {
        var lines = (await _redis.GetServers()[0].InfoAsync("memory")).SelectMany(section => section);
        return long.Parse(lines.First(line => line.Key == "used_memory").Value, CultureInfo.InvariantCulture);
    }
}
