using Belong.ConsentService.Rules;
using StackExchange.Redis;

namespace Belong.ConsentService.Cache;

/// <summary>
/// The facts in Redis: one value per member, the register, and the state that says how far they reach.
/// Both writers, the feed and the fill after a miss, set only what is newer.
/// </summary>
public sealed partial class FactsCache
{
    private const string NoTimeToLive = "0";
    private const string NothingDamaged = "";

    private readonly IConnectionMultiplexer _redis;
    private readonly IDatabase _database;
    private readonly CacheKeys _keys;
    private readonly RedisValue _noSuchMemberSeconds;

    public FactsCache(IConnectionMultiplexer redis, CacheSettings settings)
    {
        _redis = redis;
        _database = redis.GetDatabase();
        _keys = new CacheKeys(settings.Prefix);
        _noSuchMemberSeconds = settings.NoSuchMemberSeconds;
        _redis.ConnectionFailed += (_, change) => CountBreak(change.ConnectionType);
        _redis.ConnectionRestored += (_, change) => CountBreak(change.ConnectionType);
        _redis.ConfigurationChanged += (_, _) => Interlocked.Increment(ref _breaks);
    }

    /// <summary>One GET. Throws only when <paramref name="cancellation"/> is cancelled.</summary>
    public async ValueTask<MemberRead> ReadMemberAsync(string generation, string id, TimeSpan timeout, CancellationToken cancellation)
    {
        try
        {
            using var lease = await _database.StringGetLeaseAsync(_keys.Member(generation, id)).WaitAsync(timeout, cancellation);
            return lease is null ? new MemberRead(ReadOutcome.Miss) : Decode(id, lease.Span);
        }
        catch (RedisServerException e) when (e.Message.StartsWith("WRONGTYPE", StringComparison.Ordinal))
        {
            return new MemberRead(ReadOutcome.Corrupt, Damaged: []);
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            return new MemberRead(ReadOutcome.Unavailable);
        }
    }

    /// <summary>
    /// Puts in what a miss read from PostgreSQL, unless what is there is as new; null facts say that there
    /// is no such member. <paramref name="damaged"/> is a value that could not be decoded.
    /// </summary>
    public async Task<bool> FillAsync(string generation, string id, MemberFacts? facts, byte[]? damaged, CancellationToken cancellation)
    {
        var write = new MemberWrite(id, facts?.Version ?? 0, MemberValue.Encode(id, facts));
        var timeToLive = facts is null ? _noSuchMemberSeconds : (RedisValue)NoTimeToLive;
        return await SetIfNewerAsync(_keys.Member(generation, id), write, timeToLive, SeenOrNothing(damaged)).WaitAsync(cancellation);
    }

    /// <summary>
    /// Writes a batch in one pipeline and waits for all of it; the caller bounds its size.
    /// <paramref name="expectNew"/>: most have no value yet, which is cheaper when true.
    /// </summary>
    public async Task ApplyAsync(string generation, IReadOnlyList<MemberWrite> batch, bool expectNew, CancellationToken cancellation)
    {
        var sets = new Task<bool>[batch.Count];
        for (var i = 0; i < sets.Length; i++)
        {
            var write = batch[i];
            var key = _keys.Member(generation, write.Id);
            sets[i] = expectNew || write.Version == 1
                ? _database.StringSetAsync(key, write.Value, when: When.NotExists)
                : SetIfNewerAsync(key, write, NoTimeToLive, NothingDamaged);
        }

        var isSet = await Task.WhenAll(sets).WaitAsync(cancellation);
        await ApplyToExistingAsync(generation, batch, expectNew, isSet).WaitAsync(cancellation);
    }

    private static MemberRead Decode(string id, ReadOnlySpan<byte> value)
    {
        if (!MemberValue.TryDecode(id, value, out var facts))
        {
            return new MemberRead(ReadOutcome.Corrupt, Damaged: value.ToArray());
        }

        return facts is null ? new MemberRead(ReadOutcome.NoSuchMember) : new MemberRead(ReadOutcome.Hit, facts);
    }

    /// <summary>Those that the plain SET found taken.</summary>
    private Task ApplyToExistingAsync(string generation, IReadOnlyList<MemberWrite> batch, bool expectNew, bool[] isSet)
    {
        List<Task>? scripts = null;
        for (var i = 0; i < isSet.Length; i++)
        {
            var write = batch[i];
            if (!isSet[i] && (expectNew || write.Version == 1))
            {
                scripts ??= [];
                scripts.Add(SetIfNewerAsync(_keys.Member(generation, write.Id), write, NoTimeToLive, NothingDamaged));
            }
        }

        return scripts is null ? Task.CompletedTask : Task.WhenAll(scripts);
    }

    private static RedisValue SeenOrNothing(byte[]? seen) => seen is null ? NothingDamaged : (RedisValue)seen;

    private async Task<bool> SetIfNewerAsync(RedisKey key, MemberWrite write, RedisValue timeToLive, RedisValue damaged)
    {
        var result = await _database.ScriptEvaluateAsync(CacheScripts.SetIfNewer, [key], [write.Value, write.Version, timeToLive, damaged]);
        return (long)result == 1;
    }
}
