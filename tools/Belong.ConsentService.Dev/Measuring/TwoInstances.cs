using Belong.Consent.V1;
using Belong.ConsentService.Database;
using Belong.ConsentService.Testing;
using Grpc.Net.Client;
using Npgsql;

namespace Belong.ConsentService.Dev.Measuring;

/// <summary>Two instances as processes of their own, both serving and feeding, on stores that tell when they committed.</summary>
internal sealed class TwoInstances : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _owned = [];
    private readonly List<GrpcChannel> _channels = [];

    private TwoInstances(NpgsqlDataSource database) => Database = database;

    public NpgsqlDataSource Database { get; }

    public required string Redis { get; init; }

    public ServiceProcess[] Processes { get; private set; } = [];

    public ConsentCheck.ConsentCheckClient[] Checks { get; private set; } = [];

    public ConsentRegistry.ConsentRegistryClient[] Registries { get; private set; } = [];

    public ConsentAudience.ConsentAudienceClient[] Audiences { get; private set; } = [];

    public static async Task<TwoInstances> StartAsync(int members = MeasuredService.MemberCount, IReadOnlyList<string>? settings = null)
    {
        var postgres = await StartPostgresAsync();
        var redis = await RedisServer.StartPrivateAsync();
        var connection = await postgres.CreateDatabaseAsync();
        var instances = new TwoInstances(FactsDataSource.Create(connection)) { Redis = redis.Endpoint };
        instances._owned.AddRange([postgres, redis, instances.Database]);
        try
        {
            await instances.StartProcessesAsync(connection, redis.Endpoint, settings ?? []);
            await MeasuredService.FillAsync(instances.Database, members);
            await Task.WhenAll(instances.Checks.Select(MeasuredService.WaitUntilAnsweringAsync));
            return instances;
        }
        catch
        {
            await instances.DisposeAsync();
            throw;
        }
    }

    /// <param name="source"><c>write</c> or <c>heartbeat</c>.</param>
    public Task<HistogramMetric> ReadMetricAsync(string source) =>
        HistogramMetric.ReadAsync(Processes.Select(process => process.MetricsAddress), "consent_enforcement_delay_seconds", source);

    public async ValueTask DisposeAsync()
    {
        _channels.ForEach(channel => channel.Dispose());
        foreach (var owned in _owned.AsEnumerable().Reverse())
        {
            await owned.DisposeAsync();
        }
    }

    private static async Task<PostgresServer> StartPostgresAsync()
    {
        var postgres = await PostgresServer.StartPrivateAsync();
        await using (var source = NpgsqlDataSource.Create(postgres.ConnectionString))
        await using (var command = source.CreateCommand("ALTER SYSTEM SET track_commit_timestamp = on"))
        {
            await command.ExecuteNonQueryAsync();
        }

        await postgres.RestartAsync();
        return postgres;
    }

    private async Task StartProcessesAsync(string postgres, string redis, IReadOnlyList<string> more)
    {
        string[] settings = [$"Consent:Postgres:ConnectionString={postgres}", $"Consent:Redis:Configuration={redis}", .. more];
        var program = Path.Combine(AppContext.BaseDirectory, "Belong.ConsentService.dll");
        Processes = await Task.WhenAll(ServiceProcess.StartAsync(program, settings), ServiceProcess.StartAsync(program, settings));
        _owned.AddRange(Processes);
        _channels.AddRange(Processes.Select(process => GrpcChannel.ForAddress(process.Address)));
        Checks = [.. _channels.Select(channel => new ConsentCheck.ConsentCheckClient(channel))];
        Audiences = [.. _channels.Select(channel => new ConsentAudience.ConsentAudienceClient(channel))];
        Registries = [.. _channels.Select(channel => new ConsentRegistry.ConsentRegistryClient(channel))];
    }
}
