using Belong.Consent.V1;
using Belong.ConsentService.Database;
using Grpc.Core;
using static Belong.ConsentService.Tests.Registry.Changes;
using static Belong.ConsentService.Tests.Registry.RegistryHost;

namespace Belong.ConsentService.Tests.Registry;

public class ImportTests(RegistryHost host) : IClassFixture<RegistryHost>
{
    [Fact]
    public async Task Members_are_imported_with_their_facts_and_history()
    {
        var answer = await ImportAsync("i-1", false, [.. Enumerable.Range(1, 500).Select(i => Member($"I-{i}", i, OptOut()))]);
        Assert.Equal((500, 0, false), (answer.Imported, answer.Skipped, answer.Replayed));
        Assert.True(FactsToken.TryParse(answer.FactsVersion, out var token));
        Assert.Equal(await host.ScalarAsync<ulong>("SELECT changed_xid FROM member WHERE id = 'I-7'"), token.Xid);
        var member = await host.GetAsync("I-7");
        Assert.Equal((1, "v1"), (member.Version, member.AcquiredPolicyVersion));
        var entry = (await host.HistoryAsync("I-7")).Single();
        Assert.Equal([Registration(), OptOut()], entry.Changes);
        Assert.Equal(("desk", "desk-1", ""), (entry.Caller, entry.Actor, entry.IdempotencyKey));
        Assert.Equal(entry.RecordedAt, member.DmOptOuts.Single().OptOut.Start.At);
    }

    [Fact]
    public async Task A_repeated_import_is_answered_as_the_first_time_and_another_under_its_key_is_refused()
    {
        var first = await ImportAsync("again", true, Member("J-1", 1), Member("J-1", 2), Member("J-2", 3));
        var before = await host.DigestAsync();
        var again = await ImportAsync("again", true, Member("J-1", 1), Member("J-1", 2), Member("J-2", 3));
        Assert.True(again.Replayed);
        again.Replayed = false;
        Assert.Equal(first, again);
        foreach (var members in new[] { new[] { Member("J-1", 1) }, [Member("J-1", 1), Member("J-1", 2), Member("J-3", 3)] })
        {
            var error = await Assert.ThrowsAsync<RpcException>(() => ImportAsync("again", true, members));
            Assert.Equal(StatusCode.AlreadyExists, error.StatusCode);
        }

        Assert.Equal(before, await host.DigestAsync());
    }

    [Fact]
    public async Task Equal_imports_at_once_import_once()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => ImportAsync("once", false, Member("O-1", 1), Member("O-2", 2))));
        Assert.Single(answers, answer => !answer.Replayed);
    }

    [Fact]
    public async Task A_broken_line_is_named_and_undoes_all()
    {
        await host.RecordAsync("THERE", "there", Registration());
        var before = await host.DigestAsync();
        foreach (var (broken, code, sentence) in Broken())
        {
            var error = await Assert.ThrowsAsync<RpcException>(() => ImportAsync("broken", false, Member("B-1", 10), broken, Member("B-2", 12)));
            Assert.Equal(code, error.StatusCode);
            Assert.StartsWith("line 11: ", error.Status.Detail, StringComparison.Ordinal);
            Assert.Contains(sentence, error.Status.Detail, StringComparison.Ordinal);
        }

        Assert.Equal(before, await host.DigestAsync());
    }

    [Fact]
    public async Task Broken_lines_are_skipped_and_listed_when_asked()
    {
        await host.RecordAsync("THERE-2", "there-2", Registration());
        var answer = await ImportAsync("skip", true,
            Member("S-1", 1), Member("", 2), Member("THERE-2", 3), Member("S-2", 4), Member("S-1", 5), Member("S-3", 6, Status(0)));
        Assert.Equal((2, 4), (answer.Imported, answer.Skipped));
        Assert.Equal([2L, 3L, 5L, 6L], answer.Refusals.Select(refusal => refusal.Line));
        Assert.Contains("registered already", answer.Refusals[1].Message, StringComparison.Ordinal);
        Assert.Contains("an earlier line", answer.Refusals[2].Message, StringComparison.Ordinal);
        Assert.Single(await host.HistoryAsync("S-1"));
        Assert.Single(await host.HistoryAsync("THERE-2"));
        await Assert.ThrowsAsync<RpcException>(() => host.GetAsync("S-3"));
    }

    [Fact]
    public async Task Of_many_refusals_the_first_100_are_listed_and_all_are_counted()
    {
        var answer = await ImportAsync("many", true, [.. Enumerable.Range(1, 300).Select(i => Member(i % 2 == 0 ? "" : "TWICE", i))]);
        Assert.Equal((1, 299, 100), (answer.Imported, answer.Skipped, answer.Refusals.Count));
        Assert.Equal(Enumerable.Range(2, 100).Select(line => (long)line), answer.Refusals.Select(refusal => refusal.Line));
    }

    [Fact]
    public async Task An_import_has_one_header_and_only_members_after_it()
    {
        var before = await host.DigestAsync();
        var none = await Assert.ThrowsAsync<RpcException>(() => SendAsync([]));
        var member = await Assert.ThrowsAsync<RpcException>(() => SendAsync([new() { Member = Member("H-1", 1) }]));
        var two = await Assert.ThrowsAsync<RpcException>(() => SendAsync([Header("h", true), Header("h", true)]));
        var key = await Assert.ThrowsAsync<RpcException>(() => SendAsync([Header("", true)]));
        Assert.All([none, member, two, key], error => Assert.Equal(StatusCode.InvalidArgument, error.StatusCode));
        Assert.Contains("header.context.idempotency_key", key.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(before, await host.DigestAsync());
    }

    [Fact]
    public async Task An_import_that_is_given_up_leaves_nothing()
    {
        var before = await host.DigestAsync();
        using var cancel = new CancellationTokenSource();
        using var call = host.Client.ImportMembers(Desk, cancellationToken: cancel.Token);
        await call.RequestStream.WriteAsync(Header("given-up", false));
        await call.RequestStream.WriteAsync(new ImportMembersRequest { Member = Member("G-1", 1) });
        await cancel.CancelAsync();
        await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync);
        Assert.Equal(before, await host.DigestAsync());
        Assert.Equal(1, (await ImportAsync("given-up", false, Member("G-1", 1))).Imported);
    }

    [Fact]
    public async Task A_write_under_its_key_that_comes_first_is_a_conflict_and_no_failure()
    {
        using var call = host.Client.ImportMembers(Desk);
        await call.RequestStream.WriteAsync(Header("shared", false));
        await call.RequestStream.WriteAsync(new ImportMembersRequest { Member = Member("K-1", 1) });
        await Waiting.UntilAsync(async () => await host.ScalarAsync<long>(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY%' AND state = 'active'") == 1);
        await host.RecordAsync("K-2", "shared", Registration());
        var before = await host.DigestAsync();
        await call.RequestStream.CompleteAsync();
        var conflict = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync);
        Assert.Equal(StatusCode.Aborted, conflict.StatusCode);
        Assert.Equal(before, await host.DigestAsync());
        var again = await Assert.ThrowsAsync<RpcException>(() => ImportAsync("shared", false, Member("K-1", 1)));
        Assert.Equal(StatusCode.AlreadyExists, again.StatusCode);
    }

    private static IEnumerable<(ImportedMember, StatusCode, string)> Broken()
    {
        yield return (Member("", 11), StatusCode.InvalidArgument, "member_id is \"\"");
        yield return (Member("x", 11, Status((MemberStatus)9)), StatusCode.InvalidArgument, "changes[1].status.status is 9");
        yield return (Member("x", 11, OptOutLift()), StatusCode.NotFound, "changes[1].dm_opt_out_lift");
        yield return (Member("x", 11, Erasure()), StatusCode.InvalidArgument, "erases none");
        yield return (Member("x", 11, Registration()), StatusCode.AlreadyExists, "registered already");
        yield return (new ImportedMember { MemberId = "x", Line = 11 }, StatusCode.InvalidArgument, "changes is a list of 0");
        yield return (new ImportedMember { MemberId = "x", Line = 11, Changes = { OptOut() } }, StatusCode.NotFound, "registration");
        yield return (Member("THERE", 11), StatusCode.AlreadyExists, "registered already");
        yield return (Member("B-1", 11), StatusCode.AlreadyExists, "an earlier line");
    }

    private static ImportedMember Member(string id, long line, params MemberChange[] changes) =>
        new() { MemberId = id, Line = line, Changes = { Registration(), changes } };

    private static ImportMembersRequest Header(string key, bool skip) => new() { Header = new() { Context = Context(key), SkipInvalid = skip } };

    private Task<ImportMembersResponse> ImportAsync(string key, bool skip, params ImportedMember[] members) =>
        SendAsync([Header(key, skip), .. members.Select(member => new ImportMembersRequest { Member = member })]);

    private async Task<ImportMembersResponse> SendAsync(ImportMembersRequest[] messages)
    {
        using var call = host.Client.ImportMembers(Desk);
        try
        {
            foreach (var message in messages)
            {
                await call.RequestStream.WriteAsync(message);
            }

            await call.RequestStream.CompleteAsync();
        }
        catch (Exception error) when (error is RpcException or InvalidOperationException or IOException)
        {
            // The answer says why the stream was ended early.
        }

        return await call.ResponseAsync;
    }
}
