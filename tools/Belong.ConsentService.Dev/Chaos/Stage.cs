using Belong.Consent.V1;
using Belong.ConsentService.Cache;
using Belong.ConsentService.Database;
using Belong.ConsentService.Dev.Chaos.Load;
using Belong.ConsentService.Dev.Chaos.Model;
using Belong.ConsentService.Dev.Chaos.Stores;
using Belong.ConsentService.Testing.Mix;
using Grpc.Core;
using Npgsql;
using StackExchange.Redis;

namespace Belong.ConsentService.Dev.Chaos;

/// <summary>Two instances on stores of one kind, under load: what faults are injected into.</summary>
internal sealed class Stage : IAsyncDisposable
{
    public const string Prefix = "c";
    private const int MemberCount = 3_000;
    private const int InstanceCount = 2;
    private const int MaxConcurrentChecks = 40;
    private const int MaxConcurrentBulkCalls = 8;
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(50);
    private static readonly Bounds Bounds = new(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(6));

    private readonly CancellationTokenSource _end = new();
    private readonly List<Instance> _instances = [];
    private readonly string _connectionString;
    private Workload? _workload;

    private Stage(StoreSet stores, string connectionString, ConnectionMultiplexer redis)
    {
        Stores = stores;
        _connectionString = connectionString;
        // Not pooled: a connection that broke must not be met again.
        Database = FactsDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, ApplicationName = "chaos" }.ConnectionString);
        RedisConnection = redis;
        Convergence = new Convergence(Database, redis, Prefix);
    }

    public StoreSet Stores { get; }

    public IReadOnlyList<Instance> Instances => _instances;

    /// <summary>PostgreSQL itself.</summary>
    public NpgsqlDataSource Database { get; }

    /// <summary>Redis itself.</summary>
    public ConnectionMultiplexer RedisConnection { get; }

    public Convergence Convergence { get; }

    public SqlChanges SqlChanges => new(Load.Context, Database);

    public Workload Load => _workload ?? throw new InvalidOperationException("not started");

    public static async Task<Stage> StartAsync(StoreSet stores, ChaosOptions options, Violations violations, CancellationToken cancellation)
    {
        var database = await stores.Postgres.CreateDatabaseAsync(cancellation);
        // Also here the library would take the threads that the load needs to hear of its answers.
        SentinelDirectory.ReserveThreads();
        var redis = await ConnectionMultiplexer.ConnectAsync(RedisOptions.Parse(stores.Redis.Configuration));
        var stage = new Stage(stores, database, redis);
        try
        {
            await Task.WhenAll(Enumerable.Range(0, InstanceCount).Select(_ => stage.AddInstanceAsync([], cancellation)));
            var register = await stage.RecordRegisterAsync(cancellation);
            var model = new FactsModel(MemberCount, register);
            stage._workload = new Workload(model, new Judge(model, Bounds, TimeProvider.System), violations, stage.Instances, options.Seed);
            await stage._workload.BeginAsync(cancellation);
            await stage.SqlChanges.BeginAsync(cancellation);
            stage._workload.Start();
            return stage;
        }
        catch
        {
            await stage.DisposeAsync();
            throw;
        }
    }

    /// <summary>One more instance; it is not asked when it comes after the load has begun.</summary>
    public async Task<Instance> AddInstanceAsync(IReadOnlyList<string> settings, CancellationToken cancellation)
    {
        string[] all =
        [
            $"Consent:Redis:Prefix={Prefix}",
            $"Consent:Freshness:SensitiveBoundMs={Bounds.Sensitive.TotalMilliseconds:F0}",
            $"Consent:Freshness:OtherBoundMs={Bounds.Other.TotalMilliseconds:F0}",
            "Consent:Freshness:ProbeMs=200",
            $"Consent:Limits:MaxConcurrentChecks={MaxConcurrentChecks}",
            $"Consent:Limits:MaxConcurrentBulkCalls={MaxConcurrentBulkCalls}",
            "Logging:LogLevel:Default=Information",
            .. settings,
        ];
        var instance = await Instance.StartAsync(Stores, _connectionString, all, cancellation);
        lock (_instances)
        {
            _instances.Add(instance);
        }

        return instance;
    }

    public async Task RemoveInstanceAsync(Instance instance)
    {
        lock (_instances)
        {
            _instances.Remove(instance);
        }

        await instance.DisposeAsync();
    }

    /// <summary>Every member once, at the first instance.</summary>
    public async Task AskAllAsync(CancellationToken cancellation)
    {
        using var client = new ServiceClient(_instances[0].Address);
        // Who meets the mark of another does not fill, and the other may have given up: so each is asked twice.
        for (var asked = 0; asked < 2 * MemberCount;)
        {
            try
            {
                await Questions.AskAsync(client.Checks, Question.DirectMail, FactsModel.IdOf(asked % MemberCount), "", new CallOptions(cancellationToken: cancellation));
                asked++;
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.ResourceExhausted)
            {
                await Task.Delay(RetryPause, cancellation);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        if (_workload is not null)
        {
            await _workload.DisposeAsync();
        }

        foreach (var instance in _instances)
        {
            await instance.DisposeAsync();
        }

        await RedisConnection.DisposeAsync();
        await Database.DisposeAsync();
        _end.Dispose();
    }

    private async Task<long> RecordRegisterAsync(CancellationToken cancellation)
    {
        using var client = new ServiceClient(_instances[0].Address);
        var answer = await client.Registry.RecordRegisterAsync(
            new RecordRegisterRequest
            {
                Context = new WriteContext { IdempotencyKey = "register", Actor = "chaos" },
                Changes = { DemoRegister.Changes },
            },
            new CallOptions(cancellationToken: cancellation));
        return answer.RegisterVersion;
    }
}
