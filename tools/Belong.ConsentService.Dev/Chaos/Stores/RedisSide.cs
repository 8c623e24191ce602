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

    public RedisSentinel? Sentinel { get; private init; }

    public RedisCluster? Cluster { get; private init; }

    public static async Task<RedisSide> StartAsync(RedisKind kind, CancellationToken cancellation)
    {
        switch (kind)
        {
            case RedisKind.Cluster:
                var cluster = await RedisCluster.StartAsync(cancellation: cancellation);
                return new RedisSide(kind, cluster.Configuration) { Cluster = cluster };
            case RedisKind.Sentinel:
                var sentinel = await RedisSentinel.StartAsync(cancellation);
                return new RedisSide(kind, sentinel.Configuration) { Sentinel = sentinel };
            default:
                var single = await RedisServer.StartPrivateAsync(cancellation);
                return new RedisSide(kind, single.Endpoint) { Single = single };
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var servers in new IAsyncDisposable?[] { Single, Sentinel, Cluster })
        {
            if (servers is not null)
            {
                await servers.DisposeAsync();
            }
        }
    }
}
