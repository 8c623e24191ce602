using System.Globalization;
using Belong.ConsentService.Cache;
using Belong.ConsentService.Testing;
using StackExchange.Redis;

namespace Belong.ConsentService.Tests.Cache;

/// <summary>GETs that share round trips: each gets its own answer, alone none waits, and none is forgotten.</summary>
public sealed class SharedGetsTests : IAsyncLifetime
{
    private const int Keys = 2_000;

    private RedisServer _server = null!;
    private CuttableProxy _proxy = null!;
    private ConnectionMultiplexer _direct = null!;
    private RedisConnection _connection = null!;
    private SharedGets _gets = null!;

    public async Task InitializeAsync()
    {
        _server = await RedisServer.StartPrivateAsync();
        _proxy = CuttableProxy.Start(_server.Port);
        _direct = await ConnectionMultiplexer.ConnectAsync(RedisOptions.Parse(_server.Endpoint));
        _connection = RedisConnection.Open(_proxy.Endpoint);
        _gets = new SharedGets(_connection, CommandFlags.None);
        await Waiting.UntilAsync(() => _connection.IsConnected);
        await _direct.GetDatabase().StringSetAsync([.. Enumerable.Range(0, Keys).Select(i => KeyValuePair.Create(Key(i), (RedisValue)ValueOf(i)))]);
        // The library asks by GETs of its own when it connects.
        await ForgetCountAsync();
    }

    public async Task DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _direct.DisposeAsync();
        await _proxy.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Alone_each_is_a_GET()
    {
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(ValueOf(i), await _gets.GetAsync(Key(i), default));
        }

        Assert.Equal((20, 0), await CountAsync());
    }

    [Fact]
    public async Task Many_at_once_share_round_trips_and_each_gets_its_own_value()
    {
        _proxy.Delay(TimeSpan.FromMilliseconds(20));
        var values = await Task.WhenAll(Enumerable.Range(0, Keys + 10).Select(i => Task.Run(() => _gets.GetAsync(Key(i), default))));
        Assert.Equal(Enumerable.Range(0, Keys).Select(ValueOf), values.Take(Keys).Select(value => value.ToString()));
        Assert.All(values.Skip(Keys), value => Assert.True(value.IsNull));
        var (single, shared) = await CountAsync();
        Assert.InRange(single + shared, Keys / 32, Keys / 8);
    }

    [Fact]
    public async Task What_waits_goes_as_soon_as_a_place_is_free()
    {
        _proxy.Delay(TimeSpan.FromMilliseconds(100));
        var first = Enumerable.Range(0, SharedGets.MaxUnderWay).Select(i => _gets.GetAsync(Key(i), default)).ToList();
        var later = Enumerable.Range(100, 5).Select(i => _gets.GetAsync(Key(i), default)).ToList();
        await Task.WhenAll([.. first, .. later]);
        Assert.Equal((first.Count, 1), await CountAsync());
    }

    [Fact]
    public async Task What_is_no_string_counts_as_nothing_and_spoils_no_other()
    {
        await _direct.GetDatabase().ListLeftPushAsync("list", "x");
        _proxy.Delay(TimeSpan.FromMilliseconds(50));
        var held = Enumerable.Range(0, SharedGets.MaxUnderWay).Select(i => _gets.GetAsync(Key(i), default)).ToList();
        var list = _gets.GetAsync("list", default);
        var other = _gets.GetAsync(Key(7), default);
        Assert.True((await list).IsNull);
        Assert.Equal(ValueOf(7), await other);
        await Task.WhenAll(held);
    }

    [Fact]
    public async Task Each_waits_for_as_long_as_it_may_and_others_are_served_when_Redis_is_back()
    {
        for (var round = 0; round < 3; round++)
        {
            _proxy.Stall();
            using var deadline = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
            var gets = Enumerable.Range(0, 200).Select(i => _gets.GetAsync(Key(i), deadline.Token)).ToList();
            var patient = _gets.GetAsync(Key(500), default);
            foreach (var get in gets)
            {
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => get);
            }

            Assert.False(patient.IsCompleted);
            _proxy.Restore();
            Assert.Equal(ValueOf(500), await patient);
            await AssertAllPlacesFreeAsync();
        }
    }

    [Fact]
    public async Task When_the_connection_breaks_all_fail_and_no_place_is_lost()
    {
        for (var round = 0; round < 3; round++)
        {
            _proxy.Delay(TimeSpan.FromMilliseconds(200));
            var gets = Enumerable.Range(0, 200).Select(i => _gets.GetAsync(Key(i), default)).ToList();
            _proxy.Cut();
            foreach (var get in gets)
            {
                await Assert.ThrowsAnyAsync<RedisException>(() => get);
            }

            // Refused at once while there is no connection.
            await Assert.ThrowsAnyAsync<RedisException>(() => _gets.GetAsync(Key(0), default));
            _proxy.Restore();
            await Waiting.UntilAsync(() => _connection.IsConnected);
            await AssertAllPlacesFreeAsync();
        }
    }

    [Fact]
    public async Task No_more_than_a_number_wait()
    {
        _proxy.Stall();
        var gets = Enumerable.Range(0, SharedGets.MaxUnderWay + SharedGets.MaxWaiting).Select(i => _gets.GetAsync(Key(i % Keys), default)).ToList();
        var tooMany = await Assert.ThrowsAnyAsync<RedisException>(() => _gets.GetAsync(Key(0), default));
        Assert.Equal("too many reads wait for an answer", tooMany.Message);
        Assert.DoesNotContain(gets, get => get.IsCompleted);
        _proxy.Restore();
        await Task.WhenAll(gets);
        await AssertAllPlacesFreeAsync();
        Assert.Equal(ValueOf(3), await _gets.GetAsync(Key(3), default));
    }

    [Fact]
    public async Task From_many_threads_with_deadlines_of_all_lengths_each_ends_and_with_its_own_value()
    {
        await Task.WhenAll(Enumerable.Range(0, 16).Select(seed => Task.Run(async () =>
        {
            var dice = new Random(seed);
            for (var i = 0; i < 2_000; i++)
            {
                var key = dice.Next(Keys);
                using var deadline = new CancellationTokenSource(TimeSpan.FromMicroseconds(dice.Next(50, 5_000)));
                try
                {
                    Assert.Equal(ValueOf(key), await _gets.GetAsync(Key(key), deadline.Token));
                }
                catch (OperationCanceledException) when (deadline.IsCancellationRequested)
                {
                    // It took longer than was waited for.
                }
            }
        }))).WaitAsync(TimeSpan.FromMinutes(1));
        await AssertAllPlacesFreeAsync();
    }

    /// <summary>As many as there are places go out at once, and what comes then goes together: no place is lost, and none too many.</summary>
    private async Task AssertAllPlacesFreeAsync()
    {
        _proxy.Delay(TimeSpan.FromMilliseconds(50));
        await Waiting.UntilAsync(async () =>
        {
            await ForgetCountAsync();
            await Task.WhenAll(Enumerable.Range(0, SharedGets.MaxUnderWay + 5).Select(i => _gets.GetAsync(Key(i), default)));
            return await CountAsync() == (SharedGets.MaxUnderWay, 1);
        });
        _proxy.Delay(TimeSpan.Zero);
    }

    private Task ForgetCountAsync() => _direct.GetServer(_direct.GetEndPoints()[0]).ConfigResetStatisticsAsync();

    private async Task<(int Single, int Shared)> CountAsync()
    {
        var stats = (await _direct.GetServer(_direct.GetEndPoints()[0]).InfoAsync("commandstats")).SelectMany(group => group).ToDictionary(one => one.Key, one => one.Value);
        return (Calls("cmdstat_get"), Calls("cmdstat_mget"));

        int Calls(string name) => stats.TryGetValue(name, out var text) ? int.Parse(text.Split(',')[0]["calls=".Length..], CultureInfo.InvariantCulture) : 0;
    }

    private static RedisKey Key(int i) => $"key-{i}";

    private static string ValueOf(int i) => $"value of {i}";
}
