using System.Globalization;
using Belong.ConsentService.Testing.Hosts;

namespace Belong.ConsentService.Testing.Redis;

/// <summary>A Redis Cluster of primaries with replicas on the loopback address, whose nodes can be broken one by one.</summary>
public sealed class RedisCluster : IAsyncDisposable
{
    /// <summary>After this long a silent node counts as failed, and one of its replicas takes over.</summary>
    public const int NodeTimeoutMs = 1000;

    public const int SlotCount = 16384;

    /// <summary>Longer than any failover of these settings.</summary>
    private static readonly TimeSpan FailoverLimit = TimeSpan.FromSeconds(60);

    // A replica may take over however long it has not heard of its primary; all else is as in production.
    private static readonly string[] Settings =
    [
        "save \"\"", "appendonly no", "cluster-enabled yes", "cluster-config-file nodes.conf",
        string.Create(CultureInfo.InvariantCulture, $"cluster-node-timeout {NodeTimeoutMs}"),
        "cluster-replica-validity-factor 0", "repl-diskless-sync-delay 0", "repl-ping-replica-period 1", "enable-debug-command local",
    ];

    private readonly List<HeldPort> _busPorts;
    private readonly List<RedisNode> _nodes;
    private readonly int _primaries;

    private RedisCluster(List<HeldPort> busPorts, List<RedisNode> nodes, int primaries)
    {
        _busPorts = busPorts;
        _nodes = nodes;
        _primaries = primaries;
    }

    public IReadOnlyList<RedisNode> Nodes => _nodes;

    /// <summary>All endpoints, as StackExchange.Redis takes them.</summary>
    public string Configuration => string.Join(',', _nodes.Select(node => node.Endpoint));

    /// <summary>Comes back when all slots are served and all replicas follow.</summary>
    public static async Task<RedisCluster> StartAsync(int primaries = 3, int replicasEach = 1, CancellationToken cancellation = default)
    {
        var busPorts = Enumerable.Range(0, primaries * (1 + replicasEach)).Select(_ => new HeldPort()).ToList();
        var nodes = await Task.WhenAll(busPorts.Select(port => RedisNode.StartAsync(
            [.. Settings, string.Create(CultureInfo.InvariantCulture, $"cluster-port {port.Number}")], asSentinel: false, cancellation)));
        var cluster = new RedisCluster(busPorts, [.. nodes], primaries);
        try
        {
            await new ClusterAssembly(nodes, [.. busPorts.Select(port => port.Number)], primaries).RunAsync(cancellation);
            await cluster.WaitUntilWholeAsync(FailoverLimit, cancellation);
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }

        Announcement.Say("Redis Cluster: local binaries");
        return cluster;
    }

    /// <summary>The primary that serves the key's slot; waits while a failover goes on.</summary>
    public async Task<RedisNode> FindPrimaryOfAsync(string key, CancellationToken cancellation = default)
    {
        RedisNode? found = null;
        await Waiting.UntilAsync("a primary serves the key", FailoverLimit, async token =>
        {
            foreach (var node in _nodes)
            {
                if (await node.TryAskAsync(["CLUSTER", "KEYSLOT", key], token) is long slot)
                {
                    found = await FindPrimaryOfAsync((int)slot, token);
                    return true;
                }
            }

            return false;
        }, cancellation);
        return found!;
    }

    /// <summary>The primary that serves the slot; waits while a failover goes on.</summary>
    public async Task<RedisNode> FindPrimaryOfAsync(int slot, CancellationToken cancellation = default)
    {
        RedisNode? found = null;
        await Waiting.UntilAsync($"a primary serves slot {slot}", FailoverLimit, async token =>
        {
            var views = await ReadViewsAsync(token);
            found = views.Where(view => view.Serves(slot)).MaxBy(view => view.Epoch)?.Node;
            return found is not null;
        }, cancellation);
        return found!;
    }

    /// <summary>A node that says it follows this primary; null when none does.</summary>
    public async Task<RedisNode?> FindReplicaOfAsync(RedisNode primary, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(primary);
        foreach (var node in _nodes)
        {
            var info = await node.TryReadInfoAsync(["INFO", "replication"], cancellation);
            if (info is { IsLinkedReplica: true } && info["master_port"] == primary.Port.ToString(CultureInfo.InvariantCulture))
            {
                return node;
            }
        }

        return null;
    }

    /// <summary>Waits until every node is up, all slots are served in the eyes of each, and every primary has a replica that follows.</summary>
    public Task WaitUntilWholeAsync(TimeSpan timeout, CancellationToken cancellation = default) =>
        Waiting.UntilAsync("the Redis Cluster is whole", timeout, IsWholeAsync, cancellation);

    /// <summary>
    /// Kills a primary whose replica has not got these writes, though they were acknowledged; comes back with the
    /// node that took over without them.
    /// </summary>
    public async Task<RedisNode> FailOverLosingAsync(
        RedisNode primary, Func<CancellationToken, Task> writes, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(primary);
        ArgumentNullException.ThrowIfNull(writes);
        var slot = (await ReadViewAsync(primary, cancellation))?.FirstSlot
            ?? throw new InvalidOperationException("The node serves no slots.");
        var replica = await FindReplicaOfAsync(primary, cancellation)
            ?? throw new InvalidOperationException("The primary has no replica that could take over.");
        await replica.StallBehindAsync(primary, cancellation);
        try
        {
            await writes(cancellation);
            await primary.KillAsync(cancellation);
        }
        finally
        {
            await replica.ResumeAsync(CancellationToken.None);
        }

        return await FindPrimaryOfAsync(slot, cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_nodes.Select(node => node.DisposeAsync().AsTask()));
        _busPorts.ForEach(port => port.Dispose());
    }

    private async Task<bool> IsWholeAsync(CancellationToken cancellation)
    {
        var primaries = 0;
        foreach (var node in _nodes)
        {
            var state = await node.TryReadInfoAsync(["CLUSTER", "INFO"], cancellation);
            var replication = await node.TryReadInfoAsync(["INFO", "replication"], cancellation);
            if (state?["cluster_state"] != "ok" || state["cluster_slots_ok"] != SlotCount.ToString(CultureInfo.InvariantCulture)
                || replication is not ({ IsLinkedReplica: true } or { Role: RedisRole.Primary, LinkedReplicas: > 0 }))
            {
                return false;
            }

            primaries += replication.Role == RedisRole.Primary ? 1 : 0;
        }

        return primaries == _primaries;
    }

    private async Task<ClusterView[]> ReadViewsAsync(CancellationToken cancellation)
    {
        var views = await Task.WhenAll(_nodes.Select(node => ReadViewAsync(node, cancellation)));
        return [.. views.OfType<ClusterView>()];
    }

    private static async Task<ClusterView?> ReadViewAsync(RedisNode node, CancellationToken cancellation) =>
        await node.TryAskAsync(["CLUSTER", "NODES"], cancellation) is string nodes ? ClusterView.Parse(node, nodes) : null;
}
