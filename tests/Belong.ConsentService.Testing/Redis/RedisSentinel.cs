using System.Globalization;
using Belong.ConsentService.Testing.Hosts;

namespace Belong.ConsentService.Testing.Redis;

/// <summary>A Redis primary with two replicas, watched by three Sentinels, on the loopback address; each can be broken.</summary>
public sealed class RedisSentinel : IAsyncDisposable
{
    public const string ServiceName = "consent";

    /// <summary>After this long without an answer a Sentinel counts a Redis as down.</summary>
    public const int DownAfterMs = 1000;

    private const int FailoverTimeoutMs = 3000;
    private const int SentinelCount = 3;
    private const int Quorum = 2;
    private const int ReplicaCount = 2;

    private static readonly TimeSpan FailoverLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan NamingLimit = TimeSpan.FromSeconds(30);

    // Sentinels look at the replicas every ten seconds, and do nothing for thirty after a machine that is busy held them up.
    private static readonly string[] Haste = ["SENTINEL", "DEBUG", "INFO-PERIOD", "1000", "PUBLISH-PERIOD", "500", "TILT-PERIOD", "2000"];

    private static readonly string[] Settings =
        ["save \"\"", "appendonly no", "repl-diskless-sync-delay 0", "repl-ping-replica-period 1", "enable-debug-command local"];

    private readonly List<RedisNode> _nodes = [];
    private readonly List<RedisNode> _sentinels = [];

    private RedisSentinel()
    {
    }

    /// <summary>The primary and its replicas.</summary>
    public IReadOnlyList<RedisNode> Nodes => _nodes;

    public IReadOnlyList<RedisNode> Sentinels => _sentinels;

    /// <summary>The Sentinels' endpoints and the service's name, as StackExchange.Redis takes them.</summary>
    public string Configuration => $"{string.Join(',', _sentinels.Select(node => node.Endpoint))},serviceName={ServiceName}";

    /// <summary>Comes back when the replicas follow and the Sentinels agree.</summary>
    public static async Task<RedisSentinel> StartAsync(CancellationToken cancellation = default)
    {
        var group = new RedisSentinel();
        try
        {
            await group.StartServersAsync(cancellation);
            await group.WaitUntilWholeAsync(FailoverLimit, cancellation);
        }
        catch
        {
            await group.DisposeAsync();
            throw;
        }

        Announcement.Say("Redis with Sentinels: local binaries");
        return group;
    }

    /// <summary>The primary that most Sentinels name and that says so itself; waits while a failover goes on.</summary>
    /// <remarks>Until a dead or paused primary is noticed the Sentinels name it still: it is skipped because it does not answer.</remarks>
    public async Task<RedisNode> FindPrimaryAsync(CancellationToken cancellation = default)
    {
        RedisNode? found = null;
        await Waiting.UntilAsync("the Sentinels agree on a primary that answers", FailoverLimit, async token =>
        {
            found = await FindNamedAsync(token);
            return found is not null && await found.ReadRoleAsync(token) == RedisRole.Primary;
        }, cancellation);
        return found!;
    }

    /// <summary>Waits until all run, both replicas follow, and every Sentinel sees all of them up.</summary>
    public Task WaitUntilWholeAsync(TimeSpan timeout, CancellationToken cancellation = default) =>
        Waiting.UntilAsync("the Redis under Sentinels is whole", timeout, IsWholeAsync, cancellation);

    /// <summary>
    /// Kills the primary whose replicas have not got these writes, though they were acknowledged; comes back with
    /// the node that took over without them.
    /// </summary>
    public async Task<RedisNode> FailOverLosingAsync(Func<CancellationToken, Task> writes, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(writes);
        var primary = await FindPrimaryAsync(cancellation);
        var replicas = _nodes.Where(node => node != primary).ToList();
        try
        {
            foreach (var replica in replicas)
            {
                await replica.StallBehindAsync(primary, cancellation);
            }

            await writes(cancellation);
            await primary.KillAsync(cancellation);
        }
        finally
        {
            await Task.WhenAll(replicas.Select(replica => replica.ResumeAsync(CancellationToken.None)));
        }

        return await FindPrimaryAsync(cancellation);
    }

    public async ValueTask DisposeAsync() =>
        await Task.WhenAll(_sentinels.Concat(_nodes).Select(node => node.DisposeAsync().AsTask()));

    private static string[] Follow(RedisNode primary) =>
        [.. Settings, string.Create(CultureInfo.InvariantCulture, $"replicaof 127.0.0.1 {primary.Port}")];

    private static string[] Watch(RedisNode primary) =>
    [
        string.Create(CultureInfo.InvariantCulture, $"sentinel monitor {ServiceName} 127.0.0.1 {primary.Port} {Quorum}"),
        string.Create(CultureInfo.InvariantCulture, $"sentinel down-after-milliseconds {ServiceName} {DownAfterMs}"),
        string.Create(CultureInfo.InvariantCulture, $"sentinel failover-timeout {ServiceName} {FailoverTimeoutMs}"),
        string.Create(CultureInfo.InvariantCulture, $"sentinel parallel-syncs {ServiceName} {ReplicaCount}"),
    ];

    private async Task StartServersAsync(CancellationToken cancellation)
    {
        var primary = await RedisNode.StartAsync(Settings, asSentinel: false, cancellation);
        _nodes.Add(primary);
        for (var replica = 0; replica < ReplicaCount; replica++)
        {
            _nodes.Add(await RedisNode.StartAsync(Follow(primary), asSentinel: false, cancellation));
        }

        foreach (var node in _nodes)
        {
            node.ChooseConfigAsync = token => ChooseConfigAsync(node, token);
        }

        await Waiting.UntilAsync("the replicas follow", FailoverLimit, AllFollowAsync, cancellation);
        for (var sentinel = 0; sentinel < SentinelCount; sentinel++)
        {
            var started = await RedisNode.StartAsync(Watch(primary), asSentinel: true, cancellation);
            _sentinels.Add(started);
            await started.AskAsync(Haste, cancellation);
        }
    }

    /// <summary>A restarted Redis follows the primary that the Sentinels name, as start scripts in production arrange.</summary>
    private async Task<string[]> ChooseConfigAsync(RedisNode restarted, CancellationToken cancellation)
    {
        RedisNode? primary = null;
        await Waiting.UntilAsync(
            "the Sentinels name a primary", NamingLimit,
            async token => (primary = await FindNamedAsync(token)) is not null, cancellation);
        return primary == restarted ? Settings : Follow(primary!);
    }

    private async Task<RedisNode?> FindNamedAsync(CancellationToken cancellation)
    {
        var answers = await Task.WhenAll(_sentinels.Select(
            sentinel => sentinel.TryAskAsync(["SENTINEL", "GET-MASTER-ADDR-BY-NAME", ServiceName], cancellation)));
        var ports = answers.OfType<List<object?>>().Select(address => address[1] as string).ToList();
        return _nodes.Find(node => ports.Count(port => port == node.Port.ToString(CultureInfo.InvariantCulture)) >= Quorum);
    }

    private async Task<bool> IsWholeAsync(CancellationToken cancellation)
    {
        var primary = await FindNamedAsync(cancellation);
        if (primary is null || await primary.ReadRoleAsync(cancellation) != RedisRole.Primary || !await AllFollowAsync(cancellation))
        {
            return false;
        }

        var views = await Task.WhenAll(_sentinels.Select(sentinel => SentinelView.TryReadAsync(sentinel, ServiceName, cancellation)));
        return Array.TrueForAll(views, view => view is not null
            && view.PrimaryPort == primary.Port && view.OtherSentinels == SentinelCount - 1 && view.UpReplicas == ReplicaCount);
    }

    private async Task<bool> AllFollowAsync(CancellationToken cancellation)
    {
        var states = await Task.WhenAll(_nodes.Select(node => node.TryReadInfoAsync(["INFO", "replication"], cancellation)));
        return states.Count(state => state is { IsLinkedReplica: true }) == ReplicaCount
            && states.Count(state => state is { Role: RedisRole.Primary, LinkedReplicas: ReplicaCount }) == 1;
    }
}
