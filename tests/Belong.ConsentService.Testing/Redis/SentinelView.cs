using System.Globalization;

namespace Belong.ConsentService.Testing.Redis;

/// <summary>What a Sentinel thinks of the servers that it watches.</summary>
internal sealed record SentinelView(int PrimaryPort, int OtherSentinels, int UpReplicas)
{
    /// <summary>Null when the Sentinel does not answer or counts the primary as down.</summary>
    public static async Task<SentinelView?> TryReadAsync(RedisNode sentinel, string service, CancellationToken cancellation)
    {
        if (await sentinel.TryAskAsync(["SENTINEL", "MASTER", service], cancellation) is not List<object?> primary
            || await sentinel.TryAskAsync(["SENTINEL", "REPLICAS", service], cancellation) is not List<object?> replicas
            || Field(primary, "flags") != "master")
        {
            return null;
        }

        return new SentinelView(
            int.Parse(Field(primary, "port"), CultureInfo.InvariantCulture),
            int.Parse(Field(primary, "num-other-sentinels"), CultureInfo.InvariantCulture),
            replicas.Count(replica => Field((List<object?>)replica!, "flags") == "slave"));
    }

    /// <summary>Names and values stand in turn.</summary>
    private static string Field(List<object?> list, string name) => list[list.IndexOf(name) + 1] as string ?? "";
}
