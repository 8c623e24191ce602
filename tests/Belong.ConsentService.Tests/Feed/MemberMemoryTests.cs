using System.Globalization;
using Belong.Consent.V1;
using Belong.ConsentService.Registry;
using Belong.ConsentService.Testing;
using Belong.ConsentService.Testing.Mix;
using StackExchange.Redis;

namespace Belong.ConsentService.Tests.Feed;

/// <summary>What members cost in Redis, as Redis itself counts it.</summary>
public sealed class MemberMemoryTests
{
    /// <summary>Just below a power of two: the hash table of Redis is neither being enlarged nor half empty.</summary>
    private const int Members = 30_000;
    private const int MaxBytesPerMember = 150;

    /// <summary>The state, the generations and the register.</summary>
    private const int OtherKeys = 3;

    [Fact]
    public async Task A_member_of_the_mix_takes_at_most_150_bytes_in_Redis_with_its_key_and_all_overhead()
    {
        await using var server = await RedisServer.StartPrivateAsync();
        var connectionString = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        await using var stage = await FeedStage.CreateAsync(connectionString, server.Endpoint, new ConsentService.Cache.CacheSettings().Prefix);
        var redis = stage.Redis.GetServers()[0];
        var import = new MemberImport(stage.Source, TimeProvider.System, new RegistrySettings(), new WriteGuard());
        Assert.Equal(Members, (await import.ImportAsync("desk", Mix().ToAsyncEnumerable(), default)).Imported);
        var empty = await ReadBytesAsync(redis);

        await stage.StartFeedAsync();
        await stage.WaitUntilCoveredAsync();

        Assert.Equal(Members + OtherKeys, await redis.DatabaseSizeAsync());
        Assert.InRange((await ReadBytesAsync(redis) - empty) / (double)Members, 1, MaxBytesPerMember);
    }

    private static IEnumerable<ImportMembersRequest> Mix() =>
        MemberMix.Generate(1, Members)
            .Select(member => new ImportMembersRequest { Member = new ImportedMember { MemberId = member.Id, Changes = { member.Changes } } })
            .Prepend(new ImportMembersRequest { Header = new ImportHeader { Context = new WriteContext { IdempotencyKey = "mix", Actor = "desk", Reason = "test" } } });

    /// <summary>Without the buffers of connections, which are the tests' own.</summary>
    private static async Task<long> ReadBytesAsync(IServer redis)
    {
        var memory = (await redis.InfoAsync("memory")).SelectMany(section => section).ToDictionary(line => line.Key, line => line.Value);
        return long.Parse(memory["used_memory"], CultureInfo.InvariantCulture) - long.Parse(memory["mem_clients_normal"], CultureInfo.InvariantCulture);
    }
}
