using Belong.Consent.V1;
using Belong.ConsentService.Database;
using Grpc.Core;
using static Belong.ConsentService.Tests.Registry.Changes;

namespace Belong.ConsentService.Tests.Registry;

public class MemberWriteTests(RegistryHost host) : IClassFixture<RegistryHost>
{
    [Fact]
    public async Task A_write_is_read_back_with_its_history_and_a_token()
    {
        var written = await host.RecordAsync("W-1", "w1", Registration(), OptOut(id: "r"), ConsentTo());
        var member = await host.GetAsync("W-1");
        Assert.Equal((1, 1), (written.MemberVersion, member.Version));
        Assert.Equal("v1", member.AcquiredPolicyVersion);
        Assert.Equal(written.RecordedAt, member.DmOptOuts.Single().OptOut.Start.At);
        Assert.True(member.DmOptOuts.Single().OptOut.AllChannels);
        Assert.Equal("V-1", member.Consents.Single().Consent.RecipientId);

        var entry = (await host.HistoryAsync("W-1")).Single();
        Assert.Equal(("desk", "desk-1", "asked by telephone", "w1"), (entry.Caller, entry.Actor, entry.Reason, entry.IdempotencyKey));
        Assert.Equal([Registration(), OptOut(id: "r"), ConsentTo()], entry.Changes);
        Assert.Equal(written.RecordedAt, entry.RecordedAt);

        Assert.True(FactsToken.TryParse(written.FactsVersion, out var token));
        var xid = await host.ScalarAsync<ulong>("SELECT changed_xid FROM member WHERE id = 'W-1'");
        var identity = await host.Database.ReadIdentityAsync(CancellationToken.None);
        Assert.Equal(FactsToken.ForMember(identity.Generation, xid, "W-1", 1, Rules.Instant.From(written.RecordedAt.ToDateTimeOffset())), token);
    }

    [Fact]
    public async Task On_a_server_that_is_not_the_one_recorded_nothing_is_written()
    {
        await host.RecordAsync("RS-1", "rs-1", Registration());
        await host.ScalarAsync<string>("UPDATE facts_identity SET timeline = 'x' || timeline RETURNING timeline");
        try
        {
            var before = await host.DigestAsync();
            var refusal = await Assert.ThrowsAsync<RpcException>(() => host.RecordAsync("RS-1", "rs-2", OptOut()));
            Assert.Equal(StatusCode.Unavailable, refusal.StatusCode);
            Assert.Contains("not the server that was recorded", refusal.Status.Detail, StringComparison.Ordinal);
            Assert.Equal(before, await host.DigestAsync());
        }
        finally
        {
            await host.ScalarAsync<string>("UPDATE facts_identity SET timeline = substr(timeline, 2) RETURNING timeline");
        }

        Assert.Equal(2, (await host.RecordAsync("RS-1", "rs-2", OptOut())).MemberVersion);
    }

    [Fact]
    public async Task Receipt_and_recording_are_both_kept_and_a_restriction_bites_from_receipt()
    {
        await host.RecordAsync("RCV-1", "rcv1", Registration());
        var received = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTime(new DateTime(2026, 2, 1, 9, 30, 0, DateTimeKind.Utc));
        var request = RegistryHost.Request("RCV-1", "rcv2", OptOut());
        request.Context.ReceivedAt = received;
        var written = await host.Client.RecordMemberAsync(request, RegistryHost.As("desk", "write"));
        var entry = (await host.HistoryAsync("RCV-1"))[1];
        Assert.Equal((received, written.RecordedAt), (entry.ReceivedAt, entry.RecordedAt));
        Assert.Equal(received, (await host.GetAsync("RCV-1")).DmOptOuts.Single().OptOut.Start.At);

        // A clock that is ahead receives nothing after it is recorded.
        var ahead = RegistryHost.Request("RCV-1", "rcv3", OptOut());
        ahead.Context.ReceivedAt = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTime(new DateTime(2199, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        var recorded = await host.Client.RecordMemberAsync(ahead, RegistryHost.As("desk", "write"));
        Assert.Equal(recorded.RecordedAt, (await host.HistoryAsync("RCV-1"))[2].ReceivedAt);
    }

    [Fact]
    public async Task A_repeated_write_is_answered_as_the_first_time()
    {
        var first = await host.RecordAsync("R-1", "r1", Registration());
        await host.RecordAsync("R-1", "r2", OptOut());
        var before = await host.DigestAsync();
        var again = await host.RecordAsync("R-1", "r1", Registration());
        Assert.True(again.Replayed);
        again.Replayed = false;
        Assert.Equal(first, again);
        Assert.Equal(before, await host.DigestAsync());
    }

    [Fact]
    public async Task A_key_belongs_to_one_content_and_one_caller()
    {
        await host.RecordAsync("K-1", "k1", Registration());
        await host.RecordAsync("K-2", "k2", Registration());
        var before = await host.DigestAsync();
        var other = await Assert.ThrowsAsync<RpcException>(() => host.RecordAsync("K-1", "k1", OptOut()));
        var elsewhere = await Assert.ThrowsAsync<RpcException>(() => host.RecordAsync("K-3", "k1", Registration()));
        Assert.Equal((StatusCode.AlreadyExists, StatusCode.AlreadyExists), (other.StatusCode, elsewhere.StatusCode));
        Assert.Contains("context.idempotency_key is \"k1\"", other.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(before, await host.DigestAsync());
        var another = await host.Client.RecordMemberAsync(RegistryHost.Request("K-2", "k1", OptOut()), RegistryHost.As("system", "write"));
        Assert.False(another.Replayed);
    }

    [Fact]
    public async Task Fifty_writes_at_once_to_one_member_are_all_recorded()
    {
        await host.RecordAsync("C-1", "c-0", Registration());
        await Task.WhenAll(Enumerable.Range(1, 50).Select(i => host.RecordAsync("C-1", $"c-{i}", OptOut())));
        Assert.Equal(51, (await host.GetAsync("C-1")).Version);
        var history = await host.HistoryAsync("C-1");
        Assert.Equal(Enumerable.Range(1, 51).Select(version => (long)version), history.Select(entry => entry.MemberVersion));
        Assert.Equal(50, (await host.GetAsync("C-1")).DmOptOuts.Count);
        Assert.True(history.Zip(history.Skip(1)).All(pair => pair.First.RecordedAt.CompareTo(pair.Second.RecordedAt) <= 0));
    }

    [Fact]
    public async Task Of_twenty_equal_writes_at_once_one_is_recorded_and_the_others_repeat_it()
    {
        foreach (var changes in new[] { new[] { Registration() }, [OptOut()] })
        {
            var key = $"same-{changes[0].ChangeCase}";
            var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => host.RecordAsync("S-1", key, changes)));
            Assert.Single(answers, answer => !answer.Replayed);
            Assert.Single(answers.Select(answer => (answer.FactsVersion, answer.MemberVersion, answer.RecordedAt)).Distinct());
        }

        Assert.Equal(2, (await host.HistoryAsync("S-1")).Count);
    }

    [Fact]
    public async Task Of_two_registrations_at_once_one_is_refused()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(async i =>
        {
            try
            {
                await host.RecordAsync("T-1", $"t-{i}", Registration());
                return StatusCode.OK;
            }
            catch (RpcException error)
            {
                return error.StatusCode;
            }
        }));
        Assert.Equal(1, answers.Count(code => code == StatusCode.OK));
        Assert.Equal(9, answers.Count(code => code == StatusCode.AlreadyExists));
    }

    [Fact]
    public async Task Of_two_writes_at_once_to_two_members_under_one_key_one_is_refused_and_leaves_nothing()
    {
        for (var i = 0; i < 20; i++)
        {
            var round = i;
            var answers = await Task.WhenAll(new[] { "a", "b", "c", "d" }.Select(async member =>
            {
                try
                {
                    await host.RecordAsync($"U-{round}-{member}", $"u-{round}", Registration());
                    return StatusCode.OK;
                }
                catch (RpcException error)
                {
                    return error.StatusCode;
                }
            }));
            Assert.Equal((1, 3), (answers.Count(code => code == StatusCode.OK), answers.Count(code => code == StatusCode.AlreadyExists)));
        }

        Assert.Equal(20, await host.ScalarAsync<long>("SELECT count(*) FROM member WHERE id LIKE 'U-%'"));
        Assert.Equal(20, await host.ScalarAsync<long>("SELECT count(*) FROM history WHERE subject_id LIKE 'U-%'"));
    }

    [Fact]
    public void Facts_that_grow_too_large_are_refused()
    {
        var facts = Apply(OptOut());
        Assert.NotEmpty(Belong.ConsentService.Registry.MemberRegistry.Write(facts, "M1", 1_000));
        var error = Assert.Throws<RpcException>(() => Belong.ConsentService.Registry.MemberRegistry.Write(facts, "M1", 10));
        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
    }

    [Fact]
    public async Task History_is_read_page_by_page()
    {
        await host.RecordAsync("P-1", "p-0", Registration());
        for (var i = 1; i < 7; i++)
        {
            await host.RecordAsync("P-1", $"p-{i}", OptOut());
        }

        var versions = new List<long>();
        var request = new GetMemberHistoryRequest { MemberId = "P-1", PageSize = 3 };
        for (var pages = 1; pages <= 3; pages++)
        {
            var page = await host.Client.GetMemberHistoryAsync(request, RegistryHost.Desk);
            versions.AddRange(page.Entries.Select(entry => entry.MemberVersion));
            request.PageToken = page.NextPageToken;
        }

        Assert.Equal([1, 2, 3, 4, 5, 6, 7], versions);
        var first = await host.Client.GetMemberHistoryAsync(new() { MemberId = "P-1", PageSize = 1 }, RegistryHost.Desk);
        await host.RecordAsync("P-2", "p-other", Registration());
        var other = await Assert.ThrowsAsync<RpcException>(async () =>
            await host.Client.GetMemberHistoryAsync(new() { MemberId = "P-2", PageToken = first.NextPageToken }, RegistryHost.Desk));
        Assert.Equal(StatusCode.InvalidArgument, other.StatusCode);
        Assert.Equal("", request.PageToken);
    }

    [Fact]
    public async Task History_is_neither_changed_nor_removed()
    {
        await host.RecordAsync("H-1", "h-1", Registration());
        foreach (var sql in new[] { "UPDATE history SET reason = ''", "DELETE FROM history", "TRUNCATE history", "DELETE FROM member", "TRUNCATE member CASCADE" })
        {
            await Assert.ThrowsAsync<Npgsql.PostgresException>(() => host.ScalarAsync<object>(sql));
        }
    }
}
