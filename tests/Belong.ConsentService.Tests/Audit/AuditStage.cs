using Belong.ConsentService.Audit;
using Belong.ConsentService.Cache;
using Belong.ConsentService.Database;
using Belong.ConsentService.Feed;
using Belong.ConsentService.Rules;
using Belong.ConsentService.Testing;
using Belong.ConsentService.Tests.Feed;
using StackExchange.Redis;

namespace Belong.ConsentService.Tests.Audit;

/// <summary>Two stores, the feeds between them, and as many auditors as a test starts, all at full speed.</summary>
internal sealed class AuditStage : IAsyncDisposable
{
    /// <summary>Pages that are skipped wait first.</summary>
    private static readonly TimeSpan PassBound = TimeSpan.FromMinutes(2);

    private readonly List<(AuditWorker Worker, FeedDatabase Database)> _auditors = [];

    private readonly RedisServer? _own;

    private AuditStage(FeedStage feed, RedisServer? own)
    {
        Feed = feed;
        _own = own;
    }

    public FeedStage Feed { get; }

    public AuditSettings Settings { get; } = new()
    {
        SharePerMinutePercent = 1_000_000,
        MaxMembersPerSecond = 100_000,
        PageSize = 50,
        CoverTimeoutMs = 2_000,
        TakeOverMs = 200,
    };

    public IDatabase Redis => Feed.Redis.GetDatabase();

    public RedisServer Server => _own!;

    /// <summary>On a Redis of its own: a pass goes through all keys that there are.</summary>
    public static async Task<AuditStage> CreateAsync()
    {
        var server = await RedisServer.StartPrivateAsync();
        return new(await FeedStage.CreateAsync(server), server);
    }

    /// <summary>With members m1 and so on and a register that Redis holds too.</summary>
    public static async Task<AuditStage> CreateFilledAsync(int members)
    {
        var stage = await CreateAsync();
        await stage.Feed.PutManyAsync(members);
        await stage.Feed.ExecuteAsync("""INSERT INTO vendor (id, record) VALUES ('V', '{"id":"V","status":"ACTIVE"}')""");
        var fed = await stage.Feed.StartFeedAsync();
        // The first cycle reads back what the rebuild has written: it would repair what a test breaks.
        await Waiting.UntilAsync(() => fed.Cycles > 0, stage.Feed.Log);
        await stage.Feed.WaitUntilCoveredAsync();
        return stage;
    }

    /// <summary>Another process on the same stores.</summary>
    public static async Task<AuditStage> AttachAsync(AuditStage other) =>
        new(await FeedStage.CreateAsync(other.Feed.ConnectionString, other.Feed.Redis.Configuration, other.Feed.Prefix), null);

    public async Task<AuditCounters> StartAuditAsync()
    {
        var database = new FeedDatabase(Feed.Facts, Feed.Source, Feed.ConnectionString);
        var counters = new AuditCounters();
        var worker = new AuditWorker(
            database, Feed.Cache, Settings, counters, TimeProvider.System, Feed.Log);
        _auditors.Add((worker, database));
        await worker.StartAsync(default);
        return counters;
    }

    public async Task StopAuditsAsync()
    {
        foreach (var (worker, database) in _auditors)
        {
            await worker.StopAsync(default);
            worker.Dispose();
            await database.DisposeAsync();
        }

        _auditors.Clear();
    }

    /// <summary>Waits until everything there is now has been compared in both directions.</summary>
    public async Task PassAsync(AuditCounters counters)
    {
        // The one under way may have been past it.
        var (members, keys) = (counters.MemberPasses + 2, counters.KeyPasses + 2);
        var started = TimeProvider.System.GetTimestamp();
        while (counters.MemberPasses < members || counters.KeyPasses < keys)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < PassBound, $"no pass ended in time\n{Feed.Log}");
            await Task.Delay(5);
        }
    }

    public static long Differences(AuditCounters counters) => Enum.GetValues<DifferenceKind>().Sum(counters.DifferencesOf);

    public Task<string> ReadGenerationAsync() => Feed.ReadOneAsync<string>("SELECT generation FROM facts_identity");

    public async Task<RedisKey> KeyOfAsync(string id) => $"{Feed.Prefix}{await ReadGenerationAsync()}:{id}";

    public async Task<RedisKey> RegisterKeyAsync() => $"{Feed.Prefix}{await ReadGenerationAsync()}/register";

    /// <summary>What the members of PostgreSQL should be in Redis, against what they are.</summary>
    public async Task AssertSameAsync()
    {
        await using var command = Feed.Source.CreateCommand("SELECT id, version, facts FROM member");
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var expected = MemberValue.Encode(reader.GetString(0), FactsJson.ReadMember(reader.GetFieldValue<byte[]>(2), reader.GetInt64(1)));
            Assert.Equal(expected, (byte[]?)await Redis.StringGetAsync(await KeyOfAsync(reader.GetString(0))));
        }
    }

    public static byte[] Value(string id, long version, string policy = "x") =>
        MemberValue.Encode(id, new MemberFacts { Version = version, AcquiredPolicyVersion = policy });

    public async ValueTask DisposeAsync()
    {
        await StopAuditsAsync();
        await Feed.DisposeAsync();
        if (_own is not null)
        {
            await _own.DisposeAsync();
        }
    }
}
