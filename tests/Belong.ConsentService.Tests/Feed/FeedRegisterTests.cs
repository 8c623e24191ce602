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
}
