using System.Runtime.ExceptionServices;
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
    private static readonly byte[] NothingSeen = [];

    /// <summary>Never a replica, and never a server that another one names: neither has been verified.</summary>
    private const CommandFlags Direct = CommandFlags.DemandMaster | CommandFlags.NoRedirect;

    private readonly RedisConnection _redis;
    private readonly SharedDeadline _deadline = new(TimeProvider.System);
    private readonly CacheKeys _keys;
    private readonly RedisValue _noSuchMemberSeconds;

    public FactsCache(RedisConnection redis, CacheSettings settings)
    {
        _redis = redis;
        _keys = new CacheKeys(settings.Prefix);
        _noSuchMemberSeconds = settings.NoSuchMemberSeconds;
    }

    /// <summary>One GET, from its beginning to its end.</summary>
    public async ValueTask<MemberRead> ReadMemberAsync(string generation, string id, TimeSpan timeout)
    {
        var get = BeginRead(generation, id, timeout);
        await get.Ended;
        return EndRead(get);
    }

    /// <summary>Sends one GET. Who awaits its end in a method of their own is spared one that is awaited in between.</summary>
    public MemberGet BeginRead(string generation, string id, TimeSpan timeout)
    {
        var key = _keys.Member(generation, id);
        try
        {
            var value = _redis.LeadsToWatched(key) ? _redis.Database.StringGetLeaseAsync(key, Direct).WaitAsync(_deadline.After(timeout)) : null;
            return new MemberGet(key, id, value);
        }
        catch (Exception e) when (e is RedisException or RedisCommandException)
        {
            return new MemberGet(key, id, Task.FromException<Lease<byte>?>(e));
        }
    }

    /// <summary>What a GET that has ended came to.</summary>
    public MemberRead EndRead(in MemberGet get)
    {
        if (get.Value is not { } value)
        {
            return new MemberRead(ReadOutcome.Unavailable);
        }

        if (!value.IsCompletedSuccessfully)
        {
            return EndFailedRead(get.Key, value);
        }

        using var lease = value.Result;
        if (!_redis.LeadsToWatched(get.Key))
        {
            return new MemberRead(ReadOutcome.Unavailable);
        }

        return lease is null ? new MemberRead(ReadOutcome.Miss) : Decode(get.Id, lease.Span);
    }

    /// <summary>
    /// Puts in what a miss read from PostgreSQL, unless what is there is as new; null facts say that there
    /// is no such member, and take the place of a disarmed value too.
    /// </summary>
    public async Task<bool> FillAsync(string generation, string id, MemberFacts? facts, CancellationToken cancellation)
    {
        var write = new MemberWrite(id, facts?.Version ?? 0, MemberValue.Encode(id, facts));
        return facts is null
            ? await SetIfNewerAsync(_keys.Member(generation, id), write, _noSuchMemberSeconds, MemberValue.EncodeUnreadable(id, 0)).WaitAsync(cancellation)
            : await SetIfNewerAsync(_keys.Member(generation, id), write, NoTimeToLive, NothingDamaged).WaitAsync(cancellation);
    }

    /// <summary>
    /// Takes the version away from a value that is not to be trusted: it may have kept out a newer write. What is
    /// read from PostgreSQL from now on knows of that write, and what was read before must not be put in.
    /// </summary>
    public Task DisarmAsync(string generation, string id, byte[] seen, CancellationToken cancellation)
    {
        var write = new MemberWrite(id, 0, MemberValue.EncodeUnreadable(id, 0));
        return SetIfNewerAsync(_keys.Member(generation, id), write, NoTimeToLive, seen).WaitAsync(cancellation);
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
                ? SetNewAsync(key, write.Value)
                : SetIfNewerAsync(key, write, NoTimeToLive, NothingDamaged);
        }

        var isSet = await Task.WhenAll(sets).WaitAsync(cancellation);
        await ApplyToExistingAsync(generation, batch, expectNew, isSet).WaitAsync(cancellation);
    }

    private MemberRead EndFailedRead(RedisKey key, Task value)
    {
        var failure = value.Exception?.InnerException;
        if (failure is RedisServerException server && server.Message.StartsWith("WRONGTYPE", StringComparison.Ordinal))
        {
            return new MemberRead(ReadOutcome.Corrupt, Damaged: []);
        }

        if (failure is not (null or RedisException or RedisCommandException or TimeoutException))
        {
            ExceptionDispatchInfo.Throw(failure);
        }

        // The library has learnt from the error where the key is served now.
        _redis.LeadsToWatched(key);
        return new MemberRead(ReadOutcome.Unavailable, TimedOut: value.IsCanceled || failure is TimeoutException);
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

    private async Task<bool> SetNewAsync(RedisKey key, byte[] value)
    {
        DemandWatched(key);
        var isSet = await _redis.Database.StringSetAsync(key, value, when: When.NotExists, flags: Direct);
        DemandWatched(key);
        return isSet;
    }

    private async Task<bool> SetIfNewerAsync(RedisKey key, MemberWrite write, RedisValue timeToLive, RedisValue damaged) =>
        (long)await EvaluateAsync(CacheScripts.SetIfNewer, key, [write.Value, write.Version, timeToLive, damaged]) == 1;

    private async Task<RedisResult> EvaluateAsync(string script, RedisKey key, RedisValue[] arguments)
    {
        DemandWatched(key);
        var result = await _redis.Database.ScriptEvaluateAsync(script, [key], arguments, Direct);
        DemandWatched(key);
        return result;
    }

    /// <summary>What another server did or said than one that was verified is as good as not done or said.</summary>
    private void DemandWatched(RedisKey key)
    {
        if (!_redis.LeadsToWatched(key))
        {
            throw RedisConnection.Fail("the key is not with a server that was verified");
        }
    }
}
