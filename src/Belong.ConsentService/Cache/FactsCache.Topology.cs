using System.Net;
using StackExchange.Redis;

namespace Belong.ConsentService.Cache;

public sealed partial class FactsCache
{
    private const int Slots = 16_384;
    private static readonly TimeSpan VerifyTimeout = TimeSpan.FromSeconds(2);

    private int _asked;

    /// <summary>
    /// Asks each primary who it is, and from now on counts as a break whatever puts another in its place. Replication
    /// is asynchronous: a replica that took over may lack the newest writes, and what is true of a primary is not of it.
    /// </summary>
    /// <exception cref="RedisConnectionException">Not every key has a primary that is connected.</exception>
    public async Task<CacheServers> VerifyServersAsync(CancellationToken cancellation)
    {
        // A server that hangs is waited for by the library until it gives its connection up.
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(VerifyTimeout);
        try
        {
            var primaries = await FindPrimariesAsync(limit.Token);
            // Watched first and asked then: what happens in between is counted.
            var breaks = _redis.Watch([.. primaries.Select(primary => primary.EndPoint)], primaries.Exists(primary => primary.ServerType == ServerType.Cluster));
            var identities = await Task.WhenAll(primaries.Select(IdentifyAsync)).WaitAsync(limit.Token);
            return new CacheServers(string.Join(',', identities.Order(StringComparer.Ordinal)), breaks);
        }
        catch (Exception e)
        {
            RefreshTopology();
            if (e is OperationCanceledException && !cancellation.IsCancellationRequested)
            {
                throw new TimeoutException("a server of Redis does not say in time who it is", e);
            }

            throw;
        }
    }

    /// <summary>Has the connection look for the primaries anew.</summary>
    public void RefreshTopology()
    {
        // Another node is asked next: one that hangs, or that the others have left behind, must not be asked for ever.
        Interlocked.Increment(ref _asked);
        _redis.RefreshTopology();
    }

    /// <summary>The run id changes with a restart, the replication id when a replica takes over, also when it is the former primary.</summary>
    private static async Task<string> IdentifyAsync(IServer primary)
    {
        var run = ReadInfoAsync(primary, "server", "run_id");
        var history = ReadInfoAsync(primary, "replication", "master_replid");
        var role = ReadInfoAsync(primary, "replication", "role");
        return await role == "master"
            ? $"{await run}:{await history}"
            : throw RedisConnection.Fail("a server that was a primary is a replica now");
    }

    private static async Task<string> ReadInfoAsync(IServer server, string section, string name)
    {
        foreach (var group in await server.InfoAsync(section))
        {
            foreach (var (key, value) in group)
            {
                if (key == name)
                {
                    return value;
                }
            }
        }

        return "";
    }

    private async Task<List<IServer>> FindPrimariesAsync(CancellationToken cancellation)
    {
        var connected = _redis.Multiplexer.GetServers().Where(server => server.IsConnected).ToList();
        var nodes = connected.FindAll(server => server.ServerType == ServerType.Cluster);
        if (nodes.Count > 0)
        {
            var asked = nodes[(int)((uint)Volatile.Read(ref _asked) % (uint)nodes.Count)];
            var cluster = await asked.ClusterNodesAsync().WaitAsync(cancellation);
            return FindPrimaries(cluster ?? throw RedisConnection.Fail("the cluster cannot be read"));
        }

        var primaries = connected.FindAll(server => !server.IsReplica && server.ServerType != ServerType.Sentinel);
        return primaries.Count == 1
            ? primaries
            : throw RedisConnection.Fail($"{primaries.Count} primaries of Redis are connected, 1 is expected");
    }

    private List<IServer> FindPrimaries(ClusterConfiguration cluster)
    {
        var primaries = new List<IServer>();
        var covered = 0;
        foreach (var node in cluster.Nodes.Where(node => !node.IsReplica && node.Slots.Count > 0))
        {
            primaries.Add(FindConnected(node.EndPoint));
            covered += node.Slots.Sum(range => range.To - range.From + 1);
        }

        return covered == Slots ? primaries : throw RedisConnection.Fail($"{covered} of {Slots} slots have a primary");
    }

    private IServer FindConnected(EndPoint? endpoint)
    {
        var server = _redis.Multiplexer.GetServers().FirstOrDefault(server => server.EndPoint.Equals(endpoint));
        return server is { IsConnected: true } ? server : throw RedisConnection.Fail("a primary of the cluster is not connected");
    }
}
