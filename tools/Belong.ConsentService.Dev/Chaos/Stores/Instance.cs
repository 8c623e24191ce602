using Belong.ConsentService.Testing;

namespace Belong.ConsentService.Dev.Chaos.Stores;

/// <summary>One instance of the service and the networks between it and its stores.</summary>
internal sealed class Instance : IAsyncDisposable
{
    private readonly ServiceProcess _process;

    private Instance(ServiceProcess process, Network lookups, Network feed, Network? redis)
    {
        _process = process;
        Lookups = lookups;
        Feed = feed;
        Redis = redis;
    }

    public Uri Address => _process.Address;

    public ServiceProcess Process => _process;

    /// <summary>To PostgreSQL, for all but the feed.</summary>
    public Network Lookups { get; }

    /// <summary>To PostgreSQL, for the feed.</summary>
    public Network Feed { get; }

    /// <summary>To Redis; none where Redis itself says where its servers are.</summary>
    public Network? Redis { get; }

    public static async Task<Instance> StartAsync(StoreSet stores, string database, IReadOnlyList<string> settings, CancellationToken cancellation)
    {
        var lookups = new Network(stores.PostgresPorts);
        var feed = new Network(stores.PostgresPorts);
        var redis = stores.Redis.Single is { } single ? new Network([single.Port]) : null;
        string[] all =
        [
            $"Consent:Postgres:ConnectionString={lookups.Through(database)}",
            $"Consent:Postgres:FeedConnectionString={feed.Through(database)}",
            $"Consent:Redis:Configuration={redis?.Endpoint ?? stores.Redis.Configuration}",
            .. settings,
        ];
        var assembly = Path.Combine(AppContext.BaseDirectory, "Belong.ConsentService.dll");
        return new Instance(await ServiceProcess.StartAsync(assembly, all, cancellation), lookups, feed, redis);
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        await Lookups.DisposeAsync();
        await Feed.DisposeAsync();
        if (Redis is not null)
        {
            await Redis.DisposeAsync();
        }
    }
}
