using Belong.ConsentService.Cache;
using Belong.ConsentService.Testing;
using Belong.ConsentService.Testing.Redis;
using Belong.ConsentService.Tests.Lookup;
using StackExchange.Redis;

namespace Belong.ConsentService.Tests.Cache;

/// <summary>Who answers is known: no server is taken for another that was verified.</summary>
public sealed class ClusterServersTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>, IAsyncLifetime
{
    private const string Generation = "abcde";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    private readonly string _prefix = RedisServer.CreatePrefix();
    private RedisConnection _connection = null!;
    private FactsCache _cache = null!;

    private string Key => $"{_prefix}{Generation}:m1";

    public async Task InitializeAsync()
    {
        await fixture.HealAsync();
        _connection = RedisConnection.Open(fixture.Cluster.Configuration);
        _cache = new FactsCache(_connection, new CacheSettings { Prefix = _prefix });
        await Waiting.UntilAsync(async () => await TryVerifyAsync() is not null);
    }

    public async Task DisposeAsync() => await _connection.DisposeAsync();

    [Fact]
    public async Task A_server_that_took_over_is_neither_read_from_nor_written_to_before_it_is_verified()
    {
        var verified = await _cache.VerifyServersAsync(default);
        await _cache.ApplyAsync(Generation, [Write(1)], expectNew: false, default);
        Assert.Equal(ReadOutcome.Hit, await ReadAsync());
        var primary = await fixture.Cluster.FindPrimaryOfAsync(Key);
        await WaitForReplicaAsync(primary);

        await primary.KillAsync();
        Assert.Null(await TryVerifyAsync());
        var next = await fixture.Cluster.FindPrimaryOfAsync(Key);
        await Waiting.UntilAsync(async () =>
        {
            _connection.RefreshTopology();
            Assert.Equal(ReadOutcome.Unavailable, await ReadAsync());
            return LeadsTo(next);
        });
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(ReadOutcome.Unavailable, await ReadAsync());
            await Assert.ThrowsAsync<RedisConnectionException>(() => _cache.ApplyAsync(Generation, [Write(2)], expectNew: false, default));
        }

        Assert.True(_cache.Breaks > verified.Breaks);
        CacheServers? anew = null;
        await Waiting.UntilAsync(async () => (anew = await TryVerifyAsync()) is not null);
        Assert.NotEqual(verified.Identity, anew!.Identity);
        await Waiting.UntilAsync(async () => await ReadAsync() == ReadOutcome.Hit);
    }

    [Fact]
    public async Task A_primary_that_was_replaced_and_came_back_is_another()
    {
        var before = await _cache.VerifyServersAsync(default);
        var primary = await fixture.Cluster.FindPrimaryOfAsync(Key);
        await SwitchAsync((await fixture.Cluster.FindReplicaOfAsync(primary))!);
        await fixture.WaitUntilWholeAsync();
        await SwitchAsync(primary);
        await fixture.WaitUntilWholeAsync();

        CacheServers? after = null;
        await Waiting.UntilAsync(async () => (after = await TryVerifyAsync()) is not null && LeadsTo(primary));
        Assert.NotEqual(before.Identity, after!.Identity);
        Assert.Equal(before.Identity.Split(',').Select(RunId).Order(), after.Identity.Split(',').Select(RunId).Order());
    }

    private static string RunId(string server) => server[..server.IndexOf(':', StringComparison.Ordinal)];

    private static MemberWrite Write(long version) => new("m1", version, MemberValue.Encode("m1", new() { Version = version }));

    /// <summary>What was written must be there after the failover, so that a read could find it.</summary>
    private Task WaitForReplicaAsync(RedisNode primary)
    {
        var server = _connection.Multiplexer.GetServer(primary.Endpoint);
        return Waiting.UntilAsync(async () => (long)await server.ExecuteAsync("WAIT", "1", "1000") == 1);
    }

    /// <summary>A planned failover, which loses nothing.</summary>
    private async Task SwitchAsync(RedisNode replica)
    {
        await Waiting.UntilAsync(async () =>
        {
            // It is given up in silence when it takes too long.
            await AskAsync(replica, "CLUSTER", "FAILOVER");
            var asked = TimeProvider.System.GetTimestamp();
            await Waiting.UntilAsync(async () => await fixture.Cluster.FindPrimaryOfAsync(Key) == replica
                || TimeProvider.System.GetElapsedTime(asked) > TimeSpan.FromSeconds(3));
            return await fixture.Cluster.FindPrimaryOfAsync(Key) == replica;
        });
    }

    private async Task AskAsync(RedisNode node, string command, string argument)
    {
        try
        {
            await _connection.Multiplexer.GetServer(node.Endpoint).ExecuteAsync(command, argument);
        }
        catch (RedisServerException)
        {
            // It has happened already.
        }
    }

    private bool LeadsTo(RedisNode node)
    {
        try
        {
            return _connection.Multiplexer.GetServer(Key, flags: CommandFlags.DemandMaster).EndPoint.ToString() == node.Endpoint;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private async Task<ReadOutcome> ReadAsync() => (await _cache.ReadMemberAsync(Generation, "m1", Soon)).Outcome;

    private async Task<CacheServers?> TryVerifyAsync()
    {
        try
        {
            return await _cache.VerifyServersAsync(default);
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            return null;
        }
    }
}
