using Belong.Consent.V1;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Tests.Hosting;
using Google.Rpc;
using Grpc.Core;
using StackExchange.Redis;
using static Belong.ConsentService.Tests.Registry.Changes;

namespace Belong.ConsentService.Tests.Audience;

/// <summary>Lists and batches while stores are gone, hang, hold damaged values or are put back, and callers that do not read.</summary>
public sealed class ScreenFaultTests
{
    private static readonly string[] Members = [.. Enumerable.Range(1, 30).Select(i => $"M-{i}")];

    [Fact]
    public async Task Without_Redis_the_database_answers_and_the_list_is_complete()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await PrepareAsync(stage);
        stage.Redis.Cut();
        var screened = await instance.ScreenAsync(Screen.Dm(), Members, [.. Members, "nobody"]);
        Assert.True(screened.Summary.IsComplete);
        Assert.Equal(Expected(Members).Concat(Expected(Members)).Append(ReasonCode.MemberUnknown), screened.Reasons);
        Assert.All(await BatchAsync(instance), decision => Assert.Equal(FactsSource.Database, decision.Basis.Source));
    }

    [Fact]
    public async Task A_Redis_that_hangs_is_given_up_and_the_database_answers()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await PrepareAsync(stage, settings => settings.Redis.LookupTimeoutMs = 50);
        stage.Redis.Stall();
        Assert.Equal(Expected(Members), (await instance.ScreenAsync(Screen.Dm(), Members)).Reasons);
    }

    [Fact]
    public async Task Without_both_stores_nobody_is_allowed_and_the_list_is_not_complete()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await PrepareAsync(stage);
        stage.Redis.Cut();
        stage.Lookups.Cut();
        var screened = await instance.ScreenAsync(Screen.Dm(), Members);
        Assert.DoesNotContain(true, screened.Allowed);
        Assert.All(screened.Reasons, reason => Assert.Equal(ReasonCode.FactsUnavailable, reason));
        Assert.Equal((false, Members.Length), (screened.Summary.IsComplete, screened.Summary.UndecidedCount));
        Assert.All(await BatchAsync(instance), decision => Assert.True(decision is { Outcome: Outcome.Deny, Retryable: true }));

        stage.Redis.Restore();
        stage.Lookups.Restore();
        await stage.WaitUntilCoveredAsync(instance);
        Assert.True((await instance.ScreenAsync(Screen.Dm(), Members)).Summary.IsComplete);
    }

    [Fact]
    public async Task Facts_between_the_two_bounds_answer_only_what_may_rest_on_them()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await PrepareAsync(stage);
        await stage.StopFeedAsync();
        stage.Lookups.Cut();
        stage.Clock.Advance(TimeSpan.FromSeconds(61));
        Assert.All((await instance.ScreenAsync(Screen.Dm(), Members)).Reasons, reason => Assert.Equal(ReasonCode.FactsStale, reason));

        var request = new CheckBatchRequest
        {
            Checks =
            {
                new BatchCheck { Use = new() { MemberId = "M-1", Purposes = { Purpose.ServiceDelivery } } },
                new BatchCheck { Use = new() { MemberId = "M-1", Purposes = { Purpose.DirectMarketing }, Channel = Channel.Postal } },
                new BatchCheck { AnonymizedProvision = new() { Items = { DataItem.Age }, Dataset = new() { CertifiedAnonymous = true, Method = "PAPER" } } },
            },
        };
        var answers = (await instance.Checks.CheckBatchAsync(request)).Answers;
        Assert.Equal([ReasonCode.UsePermitted, ReasonCode.FactsStale, ReasonCode.AnonymizedPermitted], answers.Select(answer => answer.Decision.Reasons[0]));
    }

    [Fact]
    public async Task Damaged_and_missing_values_are_answered_by_the_database_and_the_damaged_mended()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await PrepareAsync(stage);
        var damaged = await stage.KeyOfAsync("M-2");
        await stage.Keys.StringSetAsync(damaged, "no value of a member");
        await stage.Keys.KeyDeleteAsync(await stage.KeyOfAsync("M-3"));
        await stage.Keys.KeyDeleteAsync(await stage.KeyOfAsync("M-4"));
        await stage.Keys.HashSetAsync(await stage.KeyOfAsync("M-4"), "a", "b");
        // The value of another member is not this one's.
        await stage.Keys.StringSetAsync(await stage.KeyOfAsync("M-5"), await stage.Keys.StringGetAsync(await stage.KeyOfAsync("M-1")));

        Assert.Equal(Expected(Members), (await instance.ScreenAsync(Screen.Dm(), Members)).Reasons);
        Assert.Equal(2, instance.Counters.Corrupt);
        await Waiting.UntilAsync(async () => (await stage.Keys.StringGetAsync(damaged)) != "no value of a member");
    }

    [Fact]
    public async Task A_row_that_cannot_be_understood_leaves_one_member_undecided()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await PrepareAsync(stage);
        stage.Redis.Cut();
        await stage.ExecuteAsync("""UPDATE member SET facts = '{"dm_opt_outs": 7}' WHERE id = 'M-2'""");
        var screened = await instance.ScreenAsync(Screen.Dm(), Members);
        Assert.Equal(ReasonCode.FactsUnavailable, screened.Reasons[1]);
        Assert.Equal(1, screened.Summary.UndecidedCount);
    }

    [Fact]
    public async Task A_database_that_was_replaced_ends_the_screening()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await PrepareAsync(stage);
        using var call = instance.Audience().ScreenAudience();
        await call.RequestStream.WriteAsync(new ScreenAudienceRequest { Header = Screen.Dm() });
        await call.RequestStream.WriteAsync(Screen.Chunk(Members));
        Assert.True(await call.ResponseStream.MoveNext(default));
        Assert.True(await call.ResponseStream.MoveNext(default));
        var first = instance.State.Generation;
        await stage.ExecuteAsync("UPDATE facts_identity SET system_identifier = 'another'");
        stage.Feed.Cut();
        stage.Feed.Restore();
        await Waiting.UntilAsync(() => instance.State.Generation.Length > 0 && instance.State.Generation != first);
        await call.RequestStream.WriteAsync(Screen.Chunk(Members));
        var aborted = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(default));
        Assert.Equal((StatusCode.Aborted, "DATABASE_RESTORED"), (aborted.StatusCode, aborted.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason));
    }

    [Fact]
    public async Task What_the_position_covers_is_demanded_of_the_cache()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await PrepareAsync(stage);
        var cover = new FactsCover(instance.State.Generation, instance.State.Position!, RegisterVersion: 0);
        await stage.StopFeedAsync();
        await stage.ExecuteAsync("""UPDATE member SET facts = facts || '{"dm_opt_outs": [{"channels": ["POSTAL", "EMAIL", "SMS", "PHONE", "APP_MESSAGE"]}]}' WHERE id = 'M-1'""");
        var later = cover with { Snapshot = await stage.ReadSnapshotAsync() };

        Assert.Equal(FactsOrigin.Cache, await ReadOriginAsync(instance, cover));
        Assert.Equal(FactsOrigin.Database, await ReadOriginAsync(instance, later));
        Assert.Equal(FactsOrigin.None, await ReadOriginAsync(instance, later with { Generation = "other" }));
    }

    [Fact]
    public async Task A_caller_that_does_not_read_holds_up_its_own_stream_and_then_gets_all_of_it()
    {
        const int chunkCount = 2_000;
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await PrepareAsync(stage);
        using var call = instance.Audience().ScreenAudience();
        await call.RequestStream.WriteAsync(new ScreenAudienceRequest { Header = Screen.Dm(ReasonDetail.All) });
        var chunk = Screen.Chunk(Enumerable.Range(0, 1_000).Select(i => $"nobody-{i}"));
        var written = 0;
        var writing = Task.Run(async () =>
        {
            for (; written < chunkCount; written++)
            {
                await call.RequestStream.WriteAsync(chunk);
            }

            await call.RequestStream.CompleteAsync();
        });
        var seen = -1;
        while (seen != written)
        {
            seen = written;
            await Task.Delay(1_000);
        }

        // What is not read is not judged: the rest waits with the caller.
        Assert.InRange(written, 1, chunkCount / 2);
        Assert.Equal(Expected(Members), (await instance.ScreenAsync(Screen.Dm(), Members)).Reasons);
        var screened = await Screen.ReadAsync(call.ResponseStream);
        await writing;
        Assert.Equal(chunkCount * 1_000L, screened.Summary.MemberCount);
    }

    [Fact]
    public async Task A_caller_that_sends_nothing_is_waited_for_only_so_long()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await PrepareAsync(stage, settings => settings.Audience.IdleTimeoutSeconds = 1);
        using var call = instance.Audience().ScreenAudience();
        await call.RequestStream.WriteAsync(new ScreenAudienceRequest { Header = Screen.Dm() });
        var ended = await Assert.ThrowsAsync<RpcException>(() => Screen.ReadAsync(call.ResponseStream));
        Assert.Equal((StatusCode.DeadlineExceeded, "no chunk came for 1 s, the longest that Consent:Audience:IdleTimeoutSeconds allows"), (ended.StatusCode, ended.Status.Detail));
    }

    [Fact]
    public async Task Bulk_calls_above_their_limit_are_refused_and_single_checks_are_not()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await PrepareAsync(stage, settings => settings.Limits.MaxConcurrentBulkCalls = 1);
        using var held = instance.Audience().ScreenAudience();
        await held.RequestStream.WriteAsync(new ScreenAudienceRequest { Header = Screen.Dm() });
        Assert.True(await held.ResponseStream.MoveNext(default));

        var refused = await Assert.ThrowsAsync<RpcException>(async () => await instance.Checks.CheckBatchAsync(new()));
        Assert.Equal(
            (StatusCode.ResourceExhausted, "The calls of CheckBatch and ScreenAudience in flight are 1, the most that Consent:Limits:MaxConcurrentBulkCalls allows at once: try again in a moment"),
            (refused.StatusCode, refused.Status.Detail));
        Assert.Equal(Outcome.Allow, (await instance.UseAsync("M-1")).Outcome);
        await held.RequestStream.CompleteAsync();
        Assert.NotNull((await Screen.ReadAsync(held.ResponseStream)).Summary);
        await Waiting.UntilAsync(async () => await IsAnsweredAsync(instance));
    }

    private static async Task<bool> IsAnsweredAsync(ServiceInstance instance)
    {
        try
        {
            return (await instance.Checks.CheckBatchAsync(new())).Answers.Count == 0;
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.ResourceExhausted)
        {
            return false;
        }
    }

    private static async Task<FactsOrigin> ReadOriginAsync(ServiceInstance instance, FactsCover cover)
    {
        var visitor = new OriginVisitor();
        await instance.Get<BulkLookup>().ReadAsync(["M-1"], TimeSpan.FromMinutes(1), cover, default, visitor, default);
        return visitor.Origin!.Value;
    }

    private static async Task<List<Decision>> BatchAsync(ServiceInstance instance)
    {
        var request = new CheckBatchRequest();
        request.Checks.Add(Members.Select(member => new BatchCheck { Use = new() { MemberId = member, Purposes = { Purpose.DirectMarketing }, Channel = Channel.Postal } }));
        return [.. (await instance.Checks.CheckBatchAsync(request)).Answers.Select(answer => answer.Decision)];
    }

    /// <summary>Every fifth has opted out.</summary>
    private static IEnumerable<ReasonCode> Expected(string[] members) =>
        members.Select((_, i) => i % 5 == 4 ? ReasonCode.DmOptedOut : ReasonCode.UsePermitted);

    private static async Task<ServiceInstance> PrepareAsync(ServiceStage stage, Action<Belong.ConsentService.Hosting.ConsentSettings>? configure = null)
    {
        var instance = await stage.StartWithPolicyAsync(configure);
        foreach (var (member, i) in Members.Select((member, i) => (member, i)))
        {
            await instance.RecordAsync(member, i % 5 == 4 ? [Registration(), OptOut()] : [Registration()]);
        }

        await stage.WaitUntilCoveredAsync(instance);
        return instance;
    }

    private sealed class OriginVisitor : IFactsVisitor
    {
        public FactsOrigin? Origin { get; private set; }

        public void Visit(int index, in Rules.FactsView facts, FactsOrigin origin, Rules.Instant now) => Origin = origin;
    }
}
