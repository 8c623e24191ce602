using Belong.ConsentService.Hosting;
using Belong.ConsentService.Testing.Redis;

namespace Belong.ConsentService.Tests.Lookup;

/// <summary>One cluster of three primaries with a replica each for all tests of a class.</summary>
public sealed class ClusterFixture : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    internal RedisCluster Cluster { get; private set; } = null!;

    public async Task InitializeAsync() => Cluster = await RedisCluster.StartAsync();

    public async Task DisposeAsync() => await Cluster.DisposeAsync();

    /// <summary>Nothing but the settings differs from a service with one Redis.</summary>
    internal Action<ConsentSettings> Settings(params string[] roles) => settings =>
    {
        settings.Roles = roles;
        settings.Redis.Configuration = Cluster.Configuration;
        settings.Redis.LookupTimeoutMs = 100;
    };

    /// <summary>Brings back what the test before has left broken.</summary>
    internal async Task HealAsync()
    {
        foreach (var node in Cluster.Nodes)
        {
            await node.ResumeAsync();
            if (await node.ReadRoleAsync() == RedisRole.Silent)
            {
                await node.RestartAsync();
            }
        }

        await WaitUntilWholeAsync();
    }

    internal Task WaitUntilWholeAsync() => Cluster.WaitUntilWholeAsync(Limit);
}
