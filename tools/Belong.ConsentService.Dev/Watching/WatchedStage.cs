using Belong.Consent.V1;
using Belong.ConsentService.Database;
using Belong.ConsentService.Dev.Measuring;
using Belong.ConsentService.Testing;
using Belong.ConsentService.Testing.Prometheus;
using Grpc.Net.Client;

namespace Belong.ConsentService.Dev.Watching;

/// <summary>Two instances as processes on stores of their own, with members of the mix, and a Prometheus that scrapes them.</summary>
internal sealed class WatchedStage : IAsyncDisposable
{
    public const int MemberCount = 20_000;

    private readonly List<IAsyncDisposable> _owned = [];
    private readonly List<GrpcChannel> _channels = [];

    public RedisServer Redis { get; private set; } = null!;

    public PrometheusServer Prometheus { get; private set; } = null!;

    public ConsentCheck.ConsentCheckClient[] Checks { get; private set; } = [];

    public ConsentRegistry.ConsentRegistryClient[] Registries { get; private set; } = [];

    public static async Task<WatchedStage> StartAsync(TimeSpan scrapeInterval, string rules)
    {
        var stage = new WatchedStage();
        try
        {
            await stage.StartAllAsync(scrapeInterval, rules);
            return stage;
        }
        catch
        {
            await stage.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _channels.ForEach(channel => channel.Dispose());
        foreach (var owned in _owned.AsEnumerable().Reverse())
        {
            await owned.DisposeAsync();
        }
    }

    private async Task StartAllAsync(TimeSpan scrapeInterval, string rules)
    {
        var postgres = await PostgresServer.StartPrivateAsync();
        _owned.Add(postgres);
        Redis = await RedisServer.StartPrivateAsync();
        _owned.Add(Redis);
        var connection = await postgres.CreateDatabaseAsync();
        await using (var database = FactsDataSource.Create(connection))
        {
            await MixLoad.RunAsync(database, MemberCount);
        }

        string[] settings = [$"Consent:Postgres:ConnectionString={connection}", $"Consent:Redis:Configuration={Redis.Endpoint}", "Consent:Audit:SharePerMinutePercent=50"];
        var program = Path.Combine(AppContext.BaseDirectory, "Belong.ConsentService.dll");
        var instances = await Task.WhenAll(ServiceProcess.StartAsync(program, settings), ServiceProcess.StartAsync(program, settings));
        _owned.AddRange(instances);
        _channels.AddRange(instances.Select(instance => GrpcChannel.ForAddress(instance.Address)));
        Checks = [.. _channels.Select(channel => new ConsentCheck.ConsentCheckClient(channel))];
        Registries = [.. _channels.Select(channel => new ConsentRegistry.ConsentRegistryClient(channel))];
        Prometheus = await PrometheusServer.StartAsync(instances.Select(instance => instance.MetricsAddress), scrapeInterval, [rules]);
        _owned.Add(Prometheus);
    }
}
