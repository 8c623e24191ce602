namespace Belong.ConsentService.Tests.Feed;

public sealed class FeedVolumeTests
{
    [Fact]
    public async Task Many_members_in_one_statement_stream_through_while_others_keep_changing()
    {
        await using var stage = await FeedStage.CreateAsync();
        var counters = await stage.StartFeedAsync();
        await stage.WaitUntilCoveredAsync();

        await stage.PutManyAsync(20_001);
        await stage.ExecuteAsync("UPDATE member SET facts = facts WHERE id < 'm2'");
        await stage.PutAsync("m5", "v9");
        await stage.WaitUntilCoveredAsync();

        await stage.AssertSameAsync();
        Assert.Equal("v9", await stage.ReadPolicyAsync("m5"));
        Assert.Equal(1, counters.Sessions);
    }
}
