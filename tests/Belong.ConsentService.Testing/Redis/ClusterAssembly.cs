using System.Globalization;
using Belong.ConsentService.Testing.Hosts;

namespace Belong.ConsentService.Testing.Redis;

/// <summary>Makes a cluster of fresh nodes: the first ones become primaries, the rest their replicas in turn.</summary>
internal sealed class ClusterAssembly(RedisNode[] nodes, int[] busPorts, int primaries)
{
    private static readonly TimeSpan MeetingLimit = TimeSpan.FromSeconds(60);

    public async Task RunAsync(CancellationToken cancellation)
    {
        await SpreadSlotsAsync(cancellation);
        await MeetAsync(cancellation);
        await FollowAsync(cancellation);
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private async Task SpreadSlotsAsync(CancellationToken cancellation)
    {
        for (var index = 0; index < nodes.Length; index++)
        {
            // Distinct from the beginning, so that none has to be negotiated.
            await nodes[index].AskAsync(["CLUSTER", "SET-CONFIG-EPOCH", Number(index + 1)], cancellation);
        }

        for (var index = 0; index < primaries; index++)
        {
            var first = RedisCluster.SlotCount * index / primaries;
            var last = RedisCluster.SlotCount * (index + 1) / primaries - 1;
            await nodes[index].AskAsync(["CLUSTER", "ADDSLOTSRANGE", Number(first), Number(last)], cancellation);
        }
    }

    private async Task MeetAsync(CancellationToken cancellation)
    {
        for (var index = 1; index < nodes.Length; index++)
        {
            await nodes[0].AskAsync(
                ["CLUSTER", "MEET", "127.0.0.1", Number(nodes[index].Port), Number(busPorts[index])], cancellation);
        }

        await Waiting.UntilAsync("all nodes of the Redis Cluster know each other", MeetingLimit, async token =>
        {
            foreach (var node in nodes)
            {
                var known = await node.TryAskAsync(["CLUSTER", "NODES"], token) as string ?? "";
                if (known.Contains("handshake", StringComparison.Ordinal) || known.Split('\n').Length != nodes.Length + 1)
                {
                    return false;
                }
            }

            return true;
        }, cancellation);
    }

    private async Task FollowAsync(CancellationToken cancellation)
    {
        for (var index = primaries; index < nodes.Length; index++)
        {
            var id = (string)(await nodes[index % primaries].AskAsync(["CLUSTER", "MYID"], cancellation))!;
            await nodes[index].AskAsync(["CLUSTER", "REPLICATE", id], cancellation);
        }
    }
}
