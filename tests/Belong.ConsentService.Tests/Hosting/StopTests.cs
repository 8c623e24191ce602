using Belong.Consent.V1;
using Belong.ConsentService.Tests.Audience;
using Google.Rpc;
using Grpc.Core;
using static Belong.ConsentService.Tests.Registry.Changes;

namespace Belong.ConsentService.Tests.Hosting;

/// <summary>Not serving, wait, drain, stop: streams end so that their callers can go on elsewhere without a gap.</summary>
public sealed class StopTests
{
    private static readonly string[] List = [.. Enumerable.Range(0, 40).Select(i => $"M-{i}")];

    [Fact]
    public async Task A_list_under_way_is_answered_for_what_was_sent_and_goes_on_at_another_instance()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var first = await stage.StartWithPolicyAsync(settings => settings.DrainMs = 300);
        var second = await stage.StartFreshAsync();
        await stage.ExecuteAsync("""INSERT INTO member (id, facts) SELECT 'M-' || n, '{"items":["NAME"]}' FROM generate_series(0, 39) n""");
        await stage.WaitUntilCoveredAsync(first);
        var whole = await first.ScreenAsync(Screen.Dm(), List);

        using var call = first.Audience().ScreenAudience();
        await call.RequestStream.WriteAsync(new ScreenAudienceRequest { Header = Screen.Dm() });
        Assert.True(await call.ResponseStream.MoveNext(default));
        var position = call.ResponseStream.Current.Start.Position;
        await call.RequestStream.WriteAsync(Screen.Chunk(List[..10]));
        var answered = await NextAsync(call);
        var stopping = first.App.StopAsync();
        // While it drains the list goes on.
        await call.RequestStream.WriteAsync(Screen.Chunk(List[10..20]));
        var drained = await NextAsync(call);
        var end = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(default));
        await stopping;
        Assert.True(end.GetRpcStatus() is not null, end.ToString());
        Assert.Equal((StatusCode.Unavailable, "STOPPING"), (end.StatusCode, end.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason));
        Assert.InRange(end.GetRpcStatus()!.GetDetail<RetryInfo>()!.RetryDelay.ToTimeSpan().TotalMilliseconds, 1, 1_000);

        var rest = await second.ScreenFromAsync(position, Screen.Dm(), List[20..]);
        Assert.Equal(whole.Allowed, [.. Screened.AllowedOf(answered), .. Screened.AllowedOf(drained), .. rest.Allowed]);
    }

    [Fact]
    public async Task A_list_whose_header_has_not_come_is_sent_elsewhere()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await stage.StartWithPolicyAsync();
        using var call = instance.Audience().ScreenAudience();
        await Waiting.UntilAsync(() => Overload.OverloadTests.InFlight(instance, "bulk") == 1);
        var stopping = instance.App.StopAsync();
        var end = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(default));
        await stopping;
        Assert.Equal((StatusCode.Unavailable, "STOPPING"), (end.StatusCode, end.GetRpcStatus()?.GetDetail<ErrorInfo>()?.Reason));
    }

    [Fact]
    public async Task A_watch_goes_on_while_it_drains_and_then_ends_with_where_to_go_on()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var first = await stage.StartWithPolicyAsync(settings => settings.DrainMs = 1_500);
        await first.RecordAsync("M-1", Registration());
        await stage.WaitUntilCoveredAsync(first);
        var second = await stage.StartFreshAsync();
        await using var watched = await WatchedStream.OpenCurrentAsync(first);
        var stopping = first.App.StopAsync();
        await second.RecordAsync("M-1", OptOut());
        await Waiting.UntilAsync(() => watched.ToldCount == 1);
        Assert.False(stopping.IsCompleted);
        var end = await watched.EndAsync();
        await stopping;
        Assert.Equal((StatusCode.Unavailable, "STOPPING"), (end.StatusCode, end.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason));

        await second.RecordAsync("M-1", OptOutLift());
        await using var resumed = WatchedStream.Open(second, watched.LastHeartbeat!.Position);
        await Waiting.UntilAsync(() => resumed.ToldCount == 1);
    }

    [Fact]
    public async Task A_caller_that_reads_nothing_does_not_hold_the_end_up_for_longer_than_allowed()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await stage.StartWithPolicyAsync();
        using var call = instance.Audience().ScreenAudience();
        await call.RequestStream.WriteAsync(new ScreenAudienceRequest { Header = Screen.Dm(ReasonDetail.All) });
        var writing = WriteForEverAsync(call);
        await Waiting.UntilAsync(() => Overload.OverloadTests.InFlight(instance, "bulk") == 1);
        await Task.Delay(500);
        var started = TimeProvider.System.GetTimestamp();
        await instance.App.StopAsync();
        Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalSeconds, 0, 18);
        await writing;
    }

    private static async Task<ChunkVerdicts> NextAsync(AsyncDuplexStreamingCall<ScreenAudienceRequest, ScreenAudienceResponse> call)
    {
        Assert.True(await call.ResponseStream.MoveNext(default));
        return call.ResponseStream.Current.Verdicts;
    }

    private static async Task WriteForEverAsync(AsyncDuplexStreamingCall<ScreenAudienceRequest, ScreenAudienceResponse> call)
    {
        try
        {
            while (true)
            {
                await call.RequestStream.WriteAsync(Screen.Chunk(Enumerable.Range(0, 1_000).Select(i => $"N-{i}")));
            }
        }
        catch (Exception e) when (e is RpcException or InvalidOperationException or IOException)
        {
            // The instance has ended.
        }
    }
}
