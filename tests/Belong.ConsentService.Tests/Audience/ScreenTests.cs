using Belong.Consent.V1;
using Belong.ConsentService.Tests.Checks;
using Grpc.Core;
using static Belong.ConsentService.Tests.Registry.Changes;

namespace Belong.ConsentService.Tests.Audience;

/// <summary>A list of members is judged as each would be alone, and what is wrong with it is told.</summary>
public sealed class ScreenTests(CheckStage stage) : IClassFixture<CheckStage>
{
    [Fact]
    public async Task Verdicts_come_in_the_order_of_the_list_and_are_those_of_single_checks()
    {
        var members = Enumerable.Range(0, 25).Select(i => $"S-{i}").ToList();
        foreach (var (member, i) in members.Select((member, i) => (member, i)))
        {
            await stage.Open.RecordAsync(member, i % 3 == 0 ? [Registration(), OptOut()] : i % 7 == 0 ? [Registration(), UseStop(verified: true)] : [Registration()]);
        }

        members.AddRange(["nobody", "S-1", "S-1", "M-1"]);
        await stage.Stage.WaitUntilCoveredAsync(stage.Open);

        var screened = await stage.Open.ScreenAsync(Screen.Dm(ReasonDetail.All), members[..10], [], members[10..]);

        var alone = new List<Decision>();
        foreach (var member in members)
        {
            alone.Add((await stage.Open.Checks.CheckUseAsync(new() { MemberId = member, Purposes = { Purpose.DirectMarketing }, Channel = Channel.Postal })).Decision);
        }

        Assert.Equal(alone.Select(decision => decision.Outcome == Outcome.Allow), screened.Allowed);
        Assert.Equal(alone.Select(decision => decision.Reasons[0]), screened.Reasons);
        Assert.Equal(
            alone.Where(decision => decision.Outcome != Outcome.Allow).Select(decision => decision.Reasons),
            screened.Chunks.SelectMany(chunk => chunk.Refused).Select(member => member.Reasons));
        Assert.Equal([10, 0, 19], screened.Chunks.Select(chunk => chunk.MemberCount));
        Assert.Equal([[Obligation.RecheckAtSend], [], [Obligation.RecheckAtSend]], screened.Chunks.Select(chunk => chunk.Obligations));
        AssertSummary(screened, alone);
    }

    private static void AssertSummary(Screened screened, List<Decision> alone)
    {
        var summary = screened.Summary;
        Assert.True(summary.IsComplete);
        Assert.Equal((alone.Count, screened.Allowed.Count(isAllowed => isAllowed), 0), (summary.MemberCount, summary.AllowedCount, summary.UndecidedCount));
        Assert.Equal(
            alone.GroupBy(decision => decision.Reasons[0]).OrderBy(group => group.Key).Select(group => (group.Key, (long)group.Count())),
            summary.Totals.Select(total => (total.Reason, total.MemberCount)));
        Assert.Equal(summary.Totals.Select(total => total.Reason), summary.Explanations.Select(explanation => explanation.Code));
        Assert.Equal([Obligation.RecheckAtSend], summary.Obligations);
        Assert.Equal(screened.Chunks.Where(chunk => chunk.ValidUntil is not null).Min(chunk => chunk.ValidUntil), summary.ValidUntil);
        Assert.NotEqual("", screened.Start.Position);
        Assert.Equal(screened.Start.Position, summary.Position);
    }

    [Fact]
    public async Task Without_detail_only_who_is_allowed_is_told()
    {
        var screened = await stage.Open.ScreenAsync(Screen.Dm(ReasonDetail.Unspecified), ["M-1", "nobody"]);
        Assert.Equal([true, false], screened.Allowed);
        Assert.Empty(screened.Reasons);
        Assert.Empty(screened.Chunks[0].Refused);
    }

    [Fact]
    public async Task Only_who_may_be_given_every_item_is_allowed_to_a_contractor()
    {
        await stage.Open.RecordAsync("SC-1", Registration());
        await stage.Open.RecordAsync("SC-2", Registration(), ItemStop(null, DataItem.Address));
        await stage.Stage.WaitUntilCoveredAsync(stage.Open);
        var header = new AudienceHeader
        {
            Disclosure = new() { RecipientId = "V-CARRIER", Purposes = { Purpose.ServiceDelivery }, Items = { DataItem.Name, DataItem.Address } },
            Reasons = ReasonDetail.Primary,
        };

        var screened = await stage.Open.ScreenAsync(header, ["SC-1", "SC-2"]);

        Assert.Equal([true, false], screened.Allowed);
        Assert.Equal([ReasonCode.ContractorPermitted, ReasonCode.ContractorPermittedPartial], screened.Reasons);
        Assert.Equal(1, screened.Summary.AllowedCount);
    }

    [Fact]
    public async Task What_is_no_id_is_refused_alone()
    {
        var screened = await stage.Open.ScreenAsync(Screen.Dm(), ["M-1", "", new string('x', 65), "会員", "M-1"]);
        Assert.Equal([true, false, false, false, true], screened.Allowed);
        Assert.Equal(3, screened.Reasons.Count(reason => reason == ReasonCode.RequestMalformed));
        Assert.Equal(5, screened.Summary.MemberCount);
        var only = await stage.Open.ScreenAsync(Screen.Dm(), ["", ""]);
        Assert.Equal([false, false], only.Allowed);
    }

    [Fact]
    public async Task A_header_at_fault_is_refused_by_its_field()
    {
        await AssertRefusedAsync("header is missing: the first message of a screening must be its header", null);
        await AssertRefusedAsync("header.question is missing: a use or a disclosure is required", new AudienceHeader());
        await AssertRefusedAsync("member_id is given: the members of a list stand in its chunks: leave it out", With(header => header.Use.MemberId = "M-1"));
        await AssertRefusedAsync("channel is missing", With(header => header.Use.ClearChannel()));
        await AssertRefusedAsync("options.mode is 2 (AUDIT)", With(header => header.Use.Options = new() { Mode = CheckMode.Audit, At = Time("2020-01-01T00:00:00Z") }));
        await AssertRefusedAsync("options.mode is 5: 1 (LIVE) or 2 (AUDIT) is allowed", With(header => header.Use.Options = new() { Mode = (CheckMode)5 }));
        await AssertRefusedAsync("header.reasons is 7", With(header => header.Reasons = (ReasonDetail)7));
        await AssertRefusedAsync("exception_claim is given", new AudienceHeader { Disclosure = new() { RecipientId = "x", Items = { DataItem.Name }, ExceptionClaim = new() { Item = 1 } } });
        await AssertRefusedAsync("options.min_facts_version is 'x'", With(header => header.Use.Options = new() { MinFactsVersion = "x" }));
        var refused = await Assert.ThrowsAsync<RpcException>(() => stage.Open.ScreenFromAsync("x", Screen.Dm()));
        Assert.Equal((StatusCode.InvalidArgument, "position is 'x': a position that ScreenAudience or WatchDecisions gave is allowed"), (refused.StatusCode, refused.Status.Detail));
    }

    [Fact]
    public async Task A_chunk_that_is_too_large_or_none_ends_the_screening_after_what_came_before()
    {
        var info = await stage.Open.Checks.GetServerInfoAsync(new());
        var ids = Enumerable.Repeat("M-1", info.MaxChunkMembers).ToList();
        var whole = await stage.Open.ScreenAsync(Screen.Dm(), ids);
        Assert.Equal(ids.Count, whole.Summary.AllowedCount);

        await AssertEndsAsync($"chunk.member_ids is a list of {ids.Count + 1}: at most {ids.Count} ids are allowed in one chunk, and any number of chunks", Screen.Chunk([.. ids, "M-1"]));
        await AssertEndsAsync("part is Header: after the header a chunk is required", new ScreenAudienceRequest { Header = Screen.Dm() });
        await AssertEndsAsync("position is given: it comes with the header: with a chunk leave it out", new ScreenAudienceRequest { Chunk = new(), Position = "P" });
    }

    [Fact]
    public async Task A_caller_without_a_grant_is_refused()
    {
        var audience = new ConsentAudience.ConsentAudienceClient(stage.Guarded.Channel);
        foreach (var (key, status) in new[] { ("shop-key", StatusCode.PermissionDenied), ("reader-key", StatusCode.PermissionDenied), ("no-key", StatusCode.Unauthenticated) })
        {
            using var call = audience.ScreenAudience(CheckStage.Key(key));
            await call.RequestStream.WriteAsync(new ScreenAudienceRequest { Header = Screen.Dm() });
            Assert.Equal(status, (await Assert.ThrowsAsync<RpcException>(() => Screen.ReadAsync(call.ResponseStream))).StatusCode);
        }
    }

    [Fact]
    public async Task A_write_that_is_demanded_is_in_all_verdicts()
    {
        for (var i = 0; i < 20; i++)
        {
            var member = $"SD-{i}";
            await stage.Open.RecordAsync(member, Registration());
            var header = Screen.Dm();
            header.Use.Options = new() { MinFactsVersion = await stage.Open.RecordAsync(member, OptOut()) };
            Assert.Equal([ReasonCode.DmOptedOut], (await stage.Open.ScreenAsync(header, [member])).Reasons);
        }
    }

    private static AudienceHeader With(Action<AudienceHeader> change)
    {
        var header = Screen.Dm();
        change(header);
        return header;
    }

    private async Task AssertRefusedAsync(string sentence, AudienceHeader? header)
    {
        using var call = stage.Open.Audience().ScreenAudience();
        await call.RequestStream.WriteAsync(header is null ? Screen.Chunk(["M-1"]) : new ScreenAudienceRequest { Header = header });
        var refused = await Assert.ThrowsAsync<RpcException>(() => Screen.ReadAsync(call.ResponseStream));
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        Assert.StartsWith(sentence, refused.Status.Detail, StringComparison.Ordinal);
    }

    private async Task AssertEndsAsync(string sentence, ScreenAudienceRequest last)
    {
        using var call = stage.Open.Audience().ScreenAudience();
        await call.RequestStream.WriteAsync(new ScreenAudienceRequest { Header = Screen.Dm() });
        await call.RequestStream.WriteAsync(Screen.Chunk(["M-1"]));
        await call.RequestStream.WriteAsync(last);
        Assert.True(await call.ResponseStream.MoveNext(default));
        Assert.True(await call.ResponseStream.MoveNext(default));
        Assert.Equal([true], Screened.AllowedOf(call.ResponseStream.Current.Verdicts));
        var refused = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(default));
        Assert.Equal((StatusCode.InvalidArgument, sentence), (refused.StatusCode, refused.Status.Detail));
    }
}
