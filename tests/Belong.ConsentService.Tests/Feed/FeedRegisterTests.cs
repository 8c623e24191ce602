using Belong.ConsentService.Cache;

namespace Belong.ConsentService.Tests.Feed;

public sealed class FeedRegisterTests
{
    [Fact]
    public async Task The_register_follows_and_the_state_names_its_version()
    {
        await using var stage = await FeedStage.CreateAsync();
        await stage.StartFeedAsync();
        await stage.WaitUntilCoveredAsync();

        for (var round = 1; round <= 5; round++)
        {
            await stage.ExecuteAsync($$"""INSERT INTO vendor (id, record) VALUES ('v{{round}}', '{"id":"v{{round}}","status":"ACTIVE"}')""");
            await stage.WaitUntilCoveredAsync();
            var state = (await stage.Cache.ReadStateAsync(default))!;
            var register = (await stage.Cache.ReadRegisterAsync(state.Generation, default))!;

            Assert.Equal(round, register.VendorCount);
            Assert.Equal(state.RegisterVersion, register.Version);
        }
    }

    [Fact]
    public async Task Who_subscribes_hears_that_the_state_has_moved()
    {
        await using var stage = await FeedStage.CreateAsync();
        var heard = 0;
        await stage.Cache.SubscribeAsync(() => Interlocked.Increment(ref heard), default);
        await stage.StartFeedAsync();
        await stage.WaitUntilCoveredAsync();
        await Waiting.UntilAsync(() => Volatile.Read(ref heard) > 0);
    }

    [Fact]
    public async Task A_vendor_and_a_determination_that_cannot_be_read_are_left_out_and_stop_nobody()
    {
        await using var stage = await FeedStage.CreateAsync();
        var counters = await stage.StartFeedAsync();
        await stage.WaitUntilCoveredAsync();

        await stage.ExecuteAsync("""
            INSERT INTO vendor (id, record) VALUES ('a', '{"id":"a"}'), ('b', '[1]'), ('c', '{"id":"a"}');
            INSERT INTO determination (ref, record) VALUES ('d', '[1]'), ('e', '{"ref":"e"}');
            INSERT INTO policy_version (id, record) VALUES ('v1', '{"id":"v1"}')
            """);
        await stage.PutAsync("m1", "v1");
        await stage.WaitUntilCoveredAsync();

        var register = await ReadRegisterAsync(stage);
        Assert.Equal((1, true, false), (register!.VendorCount, register.FindVendor("a") is not null, register.FindVendor("c") is not null));
        Assert.Equal("v1", await stage.ReadPolicyAsync("m1"));
        Assert.Equal(3, counters.UnreadableRecords);
        Assert.Equal(1, (await stage.Facts.ReadRegisterAsync(default)).VendorCount);

        await stage.ExecuteAsync("""UPDATE vendor SET record = jsonb_build_object('id', id)""");
        await stage.WaitUntilCoveredAsync();
        Assert.Equal(3, (await ReadRegisterAsync(stage))!.VendorCount);
    }

    [Fact]
    public async Task A_policy_version_that_cannot_be_read_leaves_no_register_and_members_are_fed_on()
    {
        await using var stage = await FeedStage.CreateAsync();
        var counters = await stage.StartFeedAsync();
        await stage.ExecuteAsync("""INSERT INTO policy_version (id, record) VALUES ('v1', '{"id":"v1"}')""");
        await stage.WaitUntilCoveredAsync();
        Assert.NotNull(await ReadRegisterAsync(stage));

        await stage.ExecuteAsync("INSERT INTO policy_version (id, record) VALUES ('v2', '[1]')");
        await stage.WaitUntilCoveredAsync();
        await AssertFedWithoutRegisterAsync(stage);
        Assert.Equal((1, 1), (counters.UnreadableRegisters, counters.Sessions));

        // The same from the beginning.
        await stage.StopFeedsAsync();
        await stage.Redis.GetDatabase().KeyDeleteAsync($"{stage.Prefix}:state");
        await stage.StartFeedAsync();
        await stage.WaitUntilCoveredAsync();
        await AssertFedWithoutRegisterAsync(stage);

        await stage.ExecuteAsync("""UPDATE policy_version SET record = '{"id":"v2"}' WHERE id = 'v2'""");
        await stage.WaitUntilCoveredAsync();
        Assert.Equal((await stage.Cache.ReadStateAsync(default))!.RegisterVersion, (await ReadRegisterAsync(stage))!.Version);
    }

    [Fact]
    public async Task A_register_that_another_version_of_the_service_could_not_read_is_mended()
    {
        await using var stage = await FeedStage.CreateAsync();
        await stage.StartFeedAsync();
        await stage.ExecuteAsync("""INSERT INTO vendor (id, record) VALUES ('a', '{"id":"a"}')""");
        await stage.WaitUntilCoveredAsync();
        await stage.StopFeedsAsync();
        var state = (await stage.Cache.ReadStateAsync(default))!;
        await stage.Redis.GetDatabase().StringSetAsync($"{stage.Prefix}{state.Generation}/register", RegisterValue.EncodeUnreadable(state.RegisterVersion));
        Assert.Null(await ReadRegisterAsync(stage));

        await stage.StartFeedAsync();
        await Waiting.UntilAsync(async () => await ReadRegisterAsync(stage) is { VendorCount: 1 });
    }

    private static async Task AssertFedWithoutRegisterAsync(FeedStage stage)
    {
        var policy = $"p{Guid.NewGuid():N}";
        await stage.PutAsync("m1", policy);
        await stage.WaitUntilCoveredAsync();
        Assert.Equal(policy, await stage.ReadPolicyAsync("m1"));
        // What the state names is there, and says that it cannot be read.
        var state = (await stage.Cache.ReadStateAsync(default))!;
        var value = (byte[]?)await stage.Redis.GetDatabase().StringGetAsync($"{stage.Prefix}{state.Generation}/register");
        Assert.Equal(RegisterValue.EncodeUnreadable(state.RegisterVersion), value);
        Assert.Null(await ReadRegisterAsync(stage));
    }

    private static async Task<Rules.Register?> ReadRegisterAsync(FeedStage stage) =>
        await stage.Cache.ReadRegisterAsync((await stage.Cache.ReadStateAsync(default))!.Generation, default);
}
