using Belong.ConsentService.Testing;
using Belong.ConsentService.Testing.Redis;

namespace Belong.ConsentService.Dev.Chaos.Stores;

/// <summary>How Redis is run.</summary>
internal enum RedisKind
{
    Single,
    Sentinel,
    Cluster,
}

/// <summary>The Redis of a run, in one of three kinds.</summary>
internal sealed class RedisSide : IAsyncDisposable
{
    private RedisSide(RedisKind kind, string configuration)
    {
        Kind = kind;
        Configuration = configuration;
    }

    public RedisKind Kind { get; }

    /// <summary>As StackExchange.Redis takes it.</summary>
    public string Configuration { get; }

    public RedisServer? Single { get; private init; }

    public RedisCluster? Cluster { get; private init; }

    public static async Task<RedisSide> StartAsync(RedisKind kind, CancellationToken cancellation)
    {
        if (kind == RedisKind.Cluster)
        {
            var cluster = await RedisCluster.StartAsync(cancellation: cancellation);
            return new RedisSide(kind, cluster.Configuration) { Cluster = cluster };
        }

        var single = await RedisServer.StartPrivateAsync(cancellation);
        return new RedisSide(kind, single.Endpoint) { Single = single };
    }

    public async ValueTask DisposeAsync()
    {
        if (Single is not null)
        {
            await Single.DisposeAsync();
        }

        if (Cluster is not null)
        {
            await Cluster.DisposeAsync();
        }
    }
}
