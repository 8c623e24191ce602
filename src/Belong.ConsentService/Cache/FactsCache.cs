using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Rules;
using StackExchange.Redis;

namespace Belong.ConsentService.Cache;

/// <summary>
/// The facts in Redis: one value per member, the register, and the state that says how far they reach.
/// The feed sets only what is newer; a fill after a miss takes no place but that of the mark which reserved it.
/// </summary>
public sealed partial class FactsCache
{
    private const string NoTimeToLive = "0";
    private const string NothingDamaged = "";

    /// <summary>Who reserved may be gone; much longer than a read of PostgreSQL takes.</summary>
    private const int ReservationSeconds = 10;

    private static readonly byte[] NothingSeen = [];

    /// <summary>Never a replica, and never a server that another one names: neither has been verified.</summary>
    private const CommandFlags Direct = CommandFlags.DemandMaster | CommandFlags.NoRedirect;

    private readonly RedisConnection _redis;
    private readonly SharedDeadline _deadline = new(TimeProvider.System);
    private readonly SharedGets _gets;
    private readonly CacheKeys _keys;
    private readonly ConsentMetrics? _metrics;
    private readonly RedisValue _noSuchMemberSeconds;

    public FactsCache(RedisConnection redis, CacheSettings settings, ConsentMetrics? metrics = null)
    {
        _redis = redis;
        _metrics = metrics;
        _gets = new SharedGets(redis, Direct, metrics);
        _keys = new CacheKeys(settings.Prefix);
        _noSuchMemberSeconds = settings.NoSuchMemberSeconds;
    }

    /// <summary>One read, from its beginning to its end.</summary>
    public async ValueTask<MemberRead> ReadMemberAsync(string generation, string id, TimeSpan timeout)
    {
        var get = BeginRead(generation, id, timeout);
        await get.Ended;
        return EndRead(get);
    }

    /// <summary>Asks for a value in one round trip, under load together with others. Who awaits its end in a method of their own is spared one that is awaited in between.</summary>
    public MemberGet BeginRead(string generation, string id, TimeSpan timeout)
    {
        var key = _keys.Member(generation, id);
        try
        {
            return new MemberGet(key, id, _redis.LeadsToWatched(key) ? GetAsync(key, _deadline.After(timeout)) : null);
        }
        catch (Exception e) when (e is RedisException or RedisCommandException)
        {
            return new MemberGet(key, id, Task.FromException<RedisValue>(e));
        }
    }

    private Task<RedisValue> GetAsync(RedisKey key, CancellationToken deadline) =>
        _redis.IsCluster ? GetAloneAsync(key).WaitAsync(deadline) : _gets.GetAsync(key, deadline);

    private async Task<RedisValue> GetAloneAsync(RedisKey key)
    {
        var begun = Stopwatch.GetTimestamp();
        var value = await _redis.Database.StringGetAsync(key, Direct).ConfigureAwait(false);
        _metrics?.Answered(RedisOperation.Get, begun);
        return value;
    }

    /// <summary>What a read that has ended came to.</summary>
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

        return _redis.LeadsToWatched(get.Key) ? Decode(get.Id, value.Result) : new MemberRead(ReadOutcome.Unavailable);
    }

    /// <summary>
    /// To be called before PostgreSQL is read in order to fill: puts a mark in the place of nothing, or of a value that is
    /// not to be trusted, whose version may have kept a newer write out.
    /// </summary>
    /// <param name="seen">The value, as it was found; null or empty for nothing, and for what is no string.</param>
    /// <returns>Null when there is something else now.</returns>
    public async Task<MemberReservation?> ReserveAsync(string generation, string id, byte[]? seen, CancellationToken cancellation)
    {
        var mark = MemberValue.EncodeReservation(id);
        return await ExchangeAsync(RedisOperation.Reserve, _keys.Member(generation, id), seen ?? NothingSeen, mark, ReservationSeconds).WaitAsync(cancellation)
            ? new MemberReservation(generation, id, mark)
            : null;
    }

    /// <summary>Puts in what was read from PostgreSQL since; null facts say that there is no such member, which is kept for a while.</summary>
    /// <returns>False when the reservation is gone: then nothing is put in.</returns>
    public Task<bool> FillAsync(MemberReservation reservation, MemberFacts? facts, CancellationToken cancellation) =>
        FillAsync(reservation, MemberValue.Encode(reservation.Id, facts), facts is null ? _noSuchMemberSeconds : NoTimeToLive, cancellation);

    /// <summary>
    /// Writes a batch in one pipeline and waits for all of it; the caller bounds its size.
    /// <paramref name="expectNew"/>: most have no value yet, which is cheaper when true.
    /// </summary>
    public async Task ApplyAsync(string generation, IReadOnlyList<MemberWrite> batch, bool expectNew, CancellationToken cancellation)
    {
        var begun = Stopwatch.GetTimestamp();
        var sets = new Task<bool>[batch.Count];
        for (var i = 0; i < sets.Length; i++)
        {
            var write = batch[i];
            var key = _keys.Member(generation, write.Id);
            sets[i] = expectNew || write.Version == 1
                ? SetNewAsync(key, write.Value)
                : SetIfNewerAsync(key, write, NothingDamaged);
        }

        var isSet = await Task.WhenAll(sets).WaitAsync(cancellation);
        await ApplyToExistingAsync(generation, batch, expectNew, isSet).WaitAsync(cancellation);
        _metrics?.Answered(RedisOperation.FeedWrite, begun);
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

    /// <summary>Takes the mark away again, so that the next miss may reserve.</summary>
    public Task ReleaseAsync(MemberReservation reservation, CancellationToken cancellation) =>
        FillAsync(reservation, NothingSeen, NoTimeToLive, cancellation);

    private static MemberRead Decode(string id, ReadOnlySpan<byte> value)
    {
        if (!MemberValue.TryDecode(id, value, out var facts))
        {
            return MemberValue.IsReservation(id, value)
                ? new MemberRead(ReadOutcome.Miss, IsReserved: true)
                : new MemberRead(ReadOutcome.Corrupt, Damaged: value.ToArray());
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
                scripts.Add(SetIfNewerAsync(_keys.Member(generation, write.Id), write, NothingDamaged));
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

    private async Task<bool> SetIfNewerAsync(RedisKey key, MemberWrite write, RedisValue damaged) =>
        (long)await EvaluateAsync(CacheScripts.SetIfNewer, key, [write.Value, write.Version, damaged]) == 1;

    private Task<bool> FillAsync(MemberReservation reservation, byte[] value, RedisValue timeToLive, CancellationToken cancellation) =>
        ExchangeAsync(RedisOperation.Fill, _keys.Member(reservation.Generation, reservation.Id), reservation.Mark, value, timeToLive).WaitAsync(cancellation);

    private async Task<bool> ExchangeAsync(RedisOperation operation, RedisKey key, byte[] seen, byte[] value, RedisValue timeToLive)
    {
        var begun = Stopwatch.GetTimestamp();
        var result = await EvaluateAsync(CacheScripts.Exchange, key, [seen, value, timeToLive]);
        _metrics?.Answered(operation, begun);
        return (long)result == 1;
    }

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
