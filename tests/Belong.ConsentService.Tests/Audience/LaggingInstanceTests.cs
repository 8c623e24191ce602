using Belong.Consent.V1;
using Belong.ConsentService.Audience;
using Belong.ConsentService.Tests.Hosting;
using Google.Rpc;
using Grpc.Core;
using static Belong.ConsentService.Tests.Registry.Changes;

namespace Belong.ConsentService.Tests.Audience;

/// <summary>A position goes from the instance that gave it to one that does not know as much yet.</summary>
public sealed class LaggingInstanceTests
{
    [Fact]
    public async Task A_watch_that_goes_on_there_judges_by_no_register_older_than_its_position()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var (ahead, lagging) = await StartAsync(stage, "M-1", "M-2");
        string position;
        await using (var watched = await WatchedStream.OpenCurrentAsync(ahead, header: WatchedStream.Carrier))
        {
            await ahead.RecordAsync(WatchTests.Vendor("V-CARRIER", VendorStatus.Suspended));
            await watched.UntilAsync(e => e.Everything.Any());
            position = watched.Everything.Single().Position;
        }

        await ahead.RecordAsync("M-1", OptOut());
        await using var resumed = WatchedStream.Open(lagging, position, WatchedStream.Carrier);
        await resumed.UntilToldAsync("M-1", isAllowed: false);
        Assert.All(resumed.Heartbeats, beat => Assert.False(beat.IsCurrent));

        await lagging.ThawAsync();
        await resumed.UntilCurrentAsync();
        Assert.Equal((false, ReasonCode.VendorSuspended), resumed.AnswerOf("M-1"));
        Assert.Empty(resumed.Everything);
    }

    [Fact]
    public async Task A_list_that_goes_on_there_is_judged_by_all_that_its_position_covers()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var (ahead, lagging) = await StartAsync(stage, "M-1", "M-2");
        await ahead.RecordAsync(WatchTests.Vendor("V-CARRIER", VendorStatus.Suspended));
        await stage.WaitUntilCoveredAsync(ahead);
        var position = await WatchTests.ScreenAsync(ahead, WatchedStream.Carrier, "M-1");

        var alone = await lagging.ScreenAsync(WatchedStream.Carrier, ["M-1", "M-2"]);
        Assert.Equal([true, true], alone.Allowed);
        var going = await lagging.ScreenFromAsync(position, WatchedStream.Carrier, ["M-1", "M-2"]);
        Assert.Equal((position, position), (going.Start.Position, going.Summary.Position));
        Assert.Equal([ReasonCode.VendorSuspended, ReasonCode.VendorSuspended], going.Reasons);
    }

    [Fact]
    public async Task A_list_whose_position_is_in_no_facts_that_can_be_read_does_not_go_on()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var (ahead, lagging) = await StartAsync(stage, "M-1");
        await ahead.RecordAsync("M-1", OptOut());
        await stage.WaitUntilCoveredAsync(ahead);
        var position = await WatchTests.ScreenAsync(ahead, "M-1");
        stage.Lookups.Cut();
        var refused = await Assert.ThrowsAsync<RpcException>(() => lagging.ScreenFromAsync(position, WatchedStream.Mail, ["M-1"]));
        Assert.Equal(
            (StatusCode.Unavailable, "position names facts that are not in what can be read now: try again in a moment"),
            (refused.StatusCode, refused.Status.Detail));
    }

    [Fact]
    public async Task A_list_of_another_database_does_not_go_on()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await WatchTests.StartAsync(stage, "M-1");
        var position = await WatchTests.ScreenAsync(instance, "M-1");
        await ReplaceDatabaseAsync(stage, instance);
        var refused = await Assert.ThrowsAsync<RpcException>(() => instance.ScreenFromAsync(position, WatchedStream.Mail, ["M-1"]));
        Assert.Equal((StatusCode.FailedPrecondition, "POSITION_TOO_OLD"), (refused.StatusCode, refused.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason));
    }

    [Fact]
    public async Task What_is_known_of_the_register_of_another_database_stands_in_no_position()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var (ahead, lagging) = await StartAsync(stage, "M-1");
        await ReplaceDatabaseAsync(stage, ahead);
        stage.Clock.Advance(TimeSpan.FromMinutes(10));
        await using var watched = WatchedStream.Open(lagging);
        await watched.UntilAsync(e => e.LastHeartbeat is { Position.Length: > 0 });
        Assert.True(ListPosition.TryParse(watched.LastHeartbeat!.Position, out var position));
        Assert.Equal((ahead.State.Generation, default), (position.Generation, position.Register));

        await lagging.ThawAsync();
        await watched.UntilAsync(e => e.Everything.Any());
        await watched.UntilCurrentAsync();
    }

    private static async Task ReplaceDatabaseAsync(ServiceStage stage, ServiceInstance instance)
    {
        var generation = instance.State.Generation;
        await stage.ExecuteAsync("UPDATE facts_identity SET system_identifier = 'another'");
        stage.Feed.Cut();
        stage.Feed.Restore();
        await Waiting.UntilAsync(() => instance.State.Generation.Length > 0 && instance.State.Generation != generation);
    }

    /// <returns>Two instances that know the members, of which the second learns nothing any more.</returns>
    private static async Task<(ServiceInstance Ahead, ServiceInstance Lagging)> StartAsync(ServiceStage stage, params string[] members)
    {
        var ahead = await WatchTests.StartAsync(stage, members);
        var lagging = await stage.StartFreshAsync();
        await lagging.FreezeAsync();
        return (ahead, lagging);
    }
}
