using Belong.ConsentService.Cache;
using Belong.ConsentService.Feed;
using Belong.ConsentService.Rules;
using Belong.ConsentService.Testing;
using StackExchange.Redis;

namespace Belong.ConsentService.Tests.Cache;

public sealed class FactsCacheTests : IAsyncLifetime
{
    private const string Generation = "abcde";
    private static readonly Guid Mark = Guid.NewGuid();
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    private readonly string _prefix = RedisServer.CreatePrefix();
    private ConnectionMultiplexer _redis = null!;
    private RedisConnection _connection = null!;
    private FactsCache _cache = null!;

    public async Task InitializeAsync()
    {
        _redis = await ConnectionMultiplexer.ConnectAsync(RedisOptions.Parse((await RedisServer.SharedAsync()).Endpoint));
        _connection = RedisConnection.Open((await RedisServer.SharedAsync()).Endpoint);
        _cache = new FactsCache(_connection, new CacheSettings { Prefix = _prefix });
    }

    public async Task DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task What_was_never_written_is_a_miss() => Assert.Equal(ReadOutcome.Miss, (await ReadAsync("m1")).Outcome);

    [Fact]
    public async Task A_filled_member_is_read()
    {
        Assert.True(await _cache.FillAsync(Generation, "m1", Facts(3)));

        var read = await ReadAsync("m1");

        Assert.Equal(ReadOutcome.Hit, read.Outcome);
        Assert.Equal(3, read.Facts!.Version);
    }

    [Fact]
    public async Task That_there_is_no_such_member_is_kept_for_a_while_and_displaced_by_a_registration()
    {
        await _cache.FillAsync(Generation, "m1", null);
        Assert.Equal(ReadOutcome.NoSuchMember, (await ReadAsync("m1")).Outcome);
        Assert.InRange((await _redis.GetDatabase().KeyTimeToLiveAsync(Key("m1")))!.Value.TotalSeconds, 1, 60);

        await _cache.ApplyAsync(Generation, [Write("m1", 1)], expectNew: false, default);

        Assert.Equal(ReadOutcome.Hit, (await ReadAsync("m1")).Outcome);
        Assert.Null(await _redis.GetDatabase().KeyTimeToLiveAsync(Key("m1")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_older_or_equal_version_never_displaces_a_newer(bool expectNew)
    {
        foreach (var version in new long[] { 1, 127, 128, 16_384, (1L << 53) - 1 })
        {
            await _cache.ApplyAsync(Generation, [Write("m1", version)], expectNew, default);
            await _cache.ApplyAsync(Generation, [Write("m1", version - 1)], expectNew, default);
            Assert.False(await _cache.FillAsync(Generation, "m1", Facts(version)));
            Assert.False(await _cache.FillAsync(Generation, "m1", null));
            Assert.Equal(version, (await ReadAsync("m1")).Facts!.Version);
        }
    }

    [Fact]
    public async Task A_fill_of_an_old_value_never_beats_the_feed()
    {
        for (var round = 0; round < 200; round++)
        {
            var id = $"m{round}";
            await Task.WhenAll(
                _cache.FillAsync(Generation, id, Facts(4)),
                _cache.ApplyAsync(Generation, [Write(id, 5)], expectNew: round % 2 == 0, default),
                _cache.FillAsync(Generation, id, Facts(3)),
                _cache.FillAsync(Generation, id, null));
            Assert.Equal(5, (await ReadAsync(id)).Facts!.Version);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("\u0000\u0000\u0000")]
    [InlineData("not a value at all")]
    public async Task A_value_without_a_version_is_corrupt_and_replaced(string garbage)
    {
        await _redis.GetDatabase().StringSetAsync(Key("m1"), garbage);
        Assert.Equal(ReadOutcome.Corrupt, (await ReadAsync("m1")).Outcome);

        await _cache.ApplyAsync(Generation, [Write("m1", 1)], expectNew: false, default);

        Assert.Equal(1, (await ReadAsync("m1")).Facts!.Version);
    }

    [Fact]
    public async Task A_damaged_value_that_pretends_a_high_version_is_replaced_once_it_is_reserved()
    {
        var damaged = MemberValue.Encode("m1", Facts(9_000));
        damaged[^1] ^= 1;
        await _redis.GetDatabase().StringSetAsync(Key("m1"), damaged);
        var read = await ReadAsync("m1");
        Assert.Equal(ReadOutcome.Corrupt, read.Outcome);
        Assert.False(await _cache.FillAsync(Generation, "m1", Facts(2)));

        var reservation = await _cache.ReserveAsync(Generation, "m1", read.Damaged, default);
        Assert.Equal(new MemberRead(ReadOutcome.Miss, IsReserved: true), await ReadAsync("m1"));
        Assert.InRange((await _redis.GetDatabase().KeyTimeToLiveAsync(Key("m1")))!.Value.TotalSeconds, 1, 10);
        Assert.True(await _cache.FillAsync(reservation!, Facts(2), default));

        Assert.Equal(2, (await ReadAsync("m1")).Facts!.Version);
        Assert.Null(await _redis.GetDatabase().KeyTimeToLiveAsync(Key("m1")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("noise")]
    [InlineData(null)]
    public async Task What_was_read_before_a_newer_write_is_not_filled_in_whatever_became_of_that(string? fate)
    {
        await _redis.GetDatabase().StringSetAsync(Key("m1"), "damaged");
        var reservation = await _cache.ReserveAsync(Generation, "m1", "damaged"u8.ToArray(), default);

        await _cache.ApplyAsync(Generation, [Write("m1", 6)], expectNew: false, default);
        await (fate is null ? _redis.GetDatabase().KeyDeleteAsync(Key("m1")) : _redis.GetDatabase().StringSetAsync(Key("m1"), fate));
        Assert.False(await _cache.FillAsync(reservation!, Facts(5), default));
        Assert.False(await _cache.FillAsync(reservation!, null, default));

        Assert.Equal(fate is null ? ReadOutcome.Miss : ReadOutcome.Corrupt, (await ReadAsync("m1")).Outcome);
    }

    [Fact]
    public async Task Only_one_of_many_may_fill_and_the_mark_gives_way_to_the_feed()
    {
        var reservations = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _cache.ReserveAsync(Generation, "m1", null, default)));
        var reservation = Assert.Single(reservations, one => one is not null)!;

        await _cache.ApplyAsync(Generation, [Write("m1", 1)], expectNew: true, default);

        Assert.False(await _cache.FillAsync(reservation, Facts(1), default));
        Assert.Equal(1, (await ReadAsync("m1")).Facts!.Version);
    }

    [Fact]
    public async Task A_reservation_that_is_given_back_leaves_room_for_the_next()
    {
        var reservation = await _cache.ReserveAsync(Generation, "m1", null, default);

        await _cache.ReleaseAsync(reservation!, default);

        Assert.Equal(new MemberRead(ReadOutcome.Miss), await ReadAsync("m1"));
        Assert.True(await _cache.FillAsync(Generation, "m1", Facts(1)));
        await _cache.ReleaseAsync(reservation!, default);
        Assert.Equal(1, (await ReadAsync("m1")).Facts!.Version);
    }

    [Fact]
    public async Task A_damaged_value_of_an_id_that_is_nobodys_gives_way_to_that()
    {
        await _redis.GetDatabase().StringSetAsync(Key("m1"), "noise");
        var reservation = await _cache.ReserveAsync(Generation, "m1", "noise"u8.ToArray(), default);
        Assert.True(await _cache.FillAsync(reservation!, null, default));
        Assert.Equal(ReadOutcome.NoSuchMember, (await ReadAsync("m1")).Outcome);
    }

    [Fact]
    public async Task Who_saw_damage_does_not_displace_what_the_feed_wrote_since()
    {
        byte[] damaged = [1, 0xFF, 0xFF, 1];
        await _cache.ApplyAsync(Generation, [Write("m1", 5)], expectNew: false, default);

        Assert.Null(await _cache.ReserveAsync(Generation, "m1", damaged, default));

        Assert.Equal(5, (await ReadAsync("m1")).Facts!.Version);
    }

    [Fact]
    public async Task A_mark_that_an_earlier_release_left_is_filled_like_a_damaged_value()
    {
        await _redis.GetDatabase().StringSetAsync(Key("m1"), MemberValue.EncodeUnreadable("m1", 0));

        var read = await ReadAsync("m1");

        Assert.Equal(ReadOutcome.Corrupt, read.Outcome);
        Assert.NotNull(await _cache.ReserveAsync(Generation, "m1", read.Damaged, default));
    }

    [Fact]
    public async Task A_key_of_another_type_is_corrupt_and_replaced()
    {
        await _redis.GetDatabase().HashSetAsync(Key("m1"), "a", "b");
        Assert.Equal(ReadOutcome.Corrupt, (await ReadAsync("m1")).Outcome);

        await _cache.ApplyAsync(Generation, [Write("m1", 1)], expectNew: true, default);

        Assert.Equal(ReadOutcome.Hit, (await ReadAsync("m1")).Outcome);
    }

    [Fact]
    public async Task Newer_formats_are_compared_by_version_and_not_displaced_by_an_older_one()
    {
        await _redis.GetDatabase().StringSetAsync(Key("m1"), new byte[] { 2, 9, 0, 0 });

        await _cache.ApplyAsync(Generation, [Write("m1", 8)], expectNew: false, default);
        Assert.Equal(ReadOutcome.Corrupt, (await ReadAsync("m1")).Outcome);

        await _cache.ApplyAsync(Generation, [Write("m1", 10)], expectNew: false, default);
        Assert.Equal(10, (await ReadAsync("m1")).Facts!.Version);
    }

    [Fact]
    public async Task Scripts_that_Redis_forgot_are_loaded_again()
    {
        await _cache.FillAsync(Generation, "m1", Facts(1));
        await _redis.GetDatabase().ExecuteAsync("SCRIPT", "FLUSH");

        MemberWrite[] batch = [.. Enumerable.Range(1, 100).Select(number => Write($"m{number}", 2))];
        await _cache.ApplyAsync(Generation, batch, expectNew: false, default);

        foreach (var write in batch)
        {
            Assert.Equal(2, (await ReadAsync(write.Id)).Facts!.Version);
        }
    }

    [Fact]
    public async Task A_member_with_the_id_of_another_key_does_not_touch_it()
    {
        await _cache.EstablishStateAsync(State("5:9:"), null, default);
        await _cache.FillAsync(Generation, "register", Facts(1));
        await _cache.FillAsync(Generation, "state", Facts(1));

        Assert.Null(await _cache.ReadRegisterAsync(Generation, default));
        Assert.NotNull(await _cache.ReadStateAsync(default));
    }

    [Fact]
    public async Task The_state_goes_on_and_never_back()
    {
        await _cache.EstablishStateAsync(State("5:9:5,7"), null, default);

        Assert.Equal(StateWrite.Done, await _cache.AdvanceStateAsync(State("5:9:5,7"), State("7:9:7"), default));
        Assert.Equal(StateWrite.Done, await _cache.AdvanceStateAsync(State("5:9:5,7"), State("5:9:5,7"), default));
        Assert.Equal("7:9:7", (await _cache.ReadStateAsync(default))!.Snapshot.ToString());
        Assert.Equal(StateWrite.Done, await _cache.AdvanceStateAsync(State("7:9:7"), State("10:10:"), default));
        Assert.Equal("10:10:", (await _cache.ReadStateAsync(default))!.Snapshot.ToString());
    }

    [Fact]
    public async Task A_state_that_was_lost_or_set_back_is_not_moved_on()
    {
        Assert.Equal(StateWrite.Missing, await _cache.AdvanceStateAsync(State("5:9:"), State("5:10:"), default));
        await _cache.EstablishStateAsync(State("5:8:"), null, default);
        Assert.Equal(StateWrite.Behind, await _cache.AdvanceStateAsync(State("5:9:"), State("5:10:"), default));
        Assert.Equal(StateWrite.OtherGeneration, await _cache.AdvanceStateAsync(State("5:8:"), State("5:10:", "other"), default));
        Assert.Equal("5:8:", (await _cache.ReadStateAsync(default))!.Snapshot.ToString());
    }

    [Fact]
    public async Task A_state_with_a_mark_that_was_not_built_on_is_not_moved_on()
    {
        var other = State("5:8:") with { Mark = Guid.NewGuid() };
        await _cache.EstablishStateAsync(other, null, default);

        Assert.Equal(StateWrite.OtherMark, await _cache.AdvanceStateAsync(State("5:8:"), State("5:10:"), default));
        Assert.Equal(other.Mark, (await _cache.ReadStateAsync(default))!.Mark);
        Assert.Equal(StateWrite.Done, await _cache.AdvanceStateAsync(other, State("5:10:"), default));
        Assert.Equal(Mark, (await _cache.ReadStateAsync(default))!.Mark);
    }

    [Fact]
    public async Task A_state_without_a_mark_is_replaced()
    {
        await _cache.EstablishStateAsync(State("5:9:"), null, default);
        await _redis.GetDatabase().HashDeleteAsync($"{_prefix}:state", "mark");
        Assert.Null((await _cache.ReadStateAsync(default))!.Mark);

        Assert.Equal(StateWrite.OtherMark, await _cache.AdvanceStateAsync(State("5:9:"), State("5:10:"), default));
        Assert.Equal(StateWrite.Done, await _cache.EstablishStateAsync(State("5:9:"), null, default));
        Assert.Equal(Mark, (await _cache.ReadStateAsync(default))!.Mark);
    }

    [Fact]
    public async Task A_generation_takes_the_place_only_of_the_one_it_saw()
    {
        await _cache.EstablishStateAsync(State("5:9:"), null, default);

        Assert.Equal(StateWrite.OtherGeneration, await _cache.EstablishStateAsync(State("5:5:", "other"), "first", default));
        Assert.Equal(StateWrite.Done, await _cache.EstablishStateAsync(State("5:5:", "other"), Generation, default));
        Assert.Equal("other", (await _cache.ReadStateAsync(default))!.Generation);
    }

    [Fact]
    public async Task Keys_of_earlier_generations_are_deleted_and_no_others()
    {
        var other = new FactsCache(_connection, new CacheSettings { Prefix = _prefix + "x" });
        await other.FillAsync(Generation, "m1", Facts(1));
        foreach (var generation in new[] { "first", Generation, "later" })
        {
            await _cache.BeginGenerationAsync(generation, default);
            await _cache.ApplyAsync(generation, [.. Enumerable.Range(1, 500).Select(number => Write($"m{number}", 1))], true, default);
        }

        Assert.Equal(["first"], await _cache.ReadEarlierGenerationsAsync(Generation, default));
        Assert.Equal(500, await _cache.DeleteGenerationAsync("first", TimeSpan.Zero, default));

        Assert.Equal(ReadOutcome.Miss, (await _cache.ReadMemberAsync("first", "m1", Soon)).Outcome);
        Assert.Equal(ReadOutcome.Hit, (await ReadAsync("m1")).Outcome);
        Assert.Equal(ReadOutcome.Hit, (await _cache.ReadMemberAsync("later", "m1", Soon)).Outcome);
        Assert.Equal(ReadOutcome.Hit, (await other.ReadMemberAsync(Generation, "m1", Soon)).Outcome);
        Assert.Equal(0, await _cache.DeleteGenerationAsync("first", TimeSpan.Zero, default));
        await _cache.ForgetGenerationAsync("first", default);
        Assert.Empty(await _cache.ReadEarlierGenerationsAsync(Generation, default));
    }

    [Fact]
    public async Task A_silent_Redis_holds_nobody_up()
    {
        await using var proxy = CuttableProxy.Start((await RedisServer.SharedAsync()).Port);
        await using var redis = RedisConnection.Open(proxy.Endpoint);
        var cache = new FactsCache(redis, new CacheSettings { Prefix = _prefix });
        proxy.Stall();
        var started = TimeProvider.System.GetTimestamp();

        var read = await cache.ReadMemberAsync(Generation, "m1", TimeSpan.FromMilliseconds(50));

        Assert.Equal(ReadOutcome.Unavailable, read.Outcome);
        Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalMilliseconds, 0, 500);

        proxy.Cut();
        await Waiting.UntilAsync(() => !redis.IsConnected);
        Assert.Equal(ReadOutcome.Unavailable, (await cache.ReadMemberAsync(Generation, "m1", Soon)).Outcome);
    }

    [Fact]
    public async Task A_new_connection_is_counted_before_it_carries_an_answer()
    {
        await using var proxy = CuttableProxy.Start((await RedisServer.SharedAsync()).Port);
        await using var redis = RedisConnection.Open(proxy.Endpoint);
        var cache = new FactsCache(redis, new CacheSettings { Prefix = _prefix });
        var servers = await cache.VerifyServersAsync(default);
        Assert.Equal(servers, await cache.VerifyServersAsync(default));
        proxy.Cut();
        await Waiting.UntilAsync(() => !redis.IsConnected && cache.Breaks > servers.Breaks);
        var whileCut = cache.Breaks;

        proxy.Restore();
        await Waiting.UntilAsync(async () => (await cache.ReadMemberAsync(Generation, "m1", Soon)).Outcome == ReadOutcome.Miss);

        Assert.True(cache.Breaks > whileCut);
        Assert.Equal(servers.Identity, (await cache.VerifyServersAsync(default)).Identity);
    }

    private static MemberFacts Facts(long version) => new() { Version = version, AcquiredPolicyVersion = "v1" };

    private static MemberWrite Write(string id, long version) =>
        new(id, version, MemberValue.Encode(id, version == 0 ? null : Facts(version)));

    private static FeedState State(string snapshot, string generation = Generation) => new(generation, SnapshotCursor.Parse(snapshot), 1, "run1", Mark);

    private RedisKey Key(string id) => $"{_prefix}{Generation}:{id}";

    private async Task<MemberRead> ReadAsync(string id) => await _cache.ReadMemberAsync(Generation, id, Soon);
}
