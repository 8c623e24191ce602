using Belong.Consent.V1;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Npgsql;
using static Belong.ConsentService.Tests.Registry.Changes;
using static Belong.ConsentService.Tests.Registry.RegistryHost;

namespace Belong.ConsentService.Tests.Registry;

public class BadInputTests(RegistryHost host) : IClassFixture<RegistryHost>
{
    [Fact]
    public async Task Bad_input_is_refused_by_a_sentence_and_changes_nothing()
    {
        await PrepareAsync();
        var before = await host.DigestAsync();
        foreach (var (call, code, sentence) in Calls())
        {
            var error = await Assert.ThrowsAsync<RpcException>(call);
            Assert.True(code == error.StatusCode, $"{sentence}: {error.Status}");
            Assert.Contains(sentence, error.Status.Detail, StringComparison.Ordinal);
            Assert.Equal("consent.belong", error.GetRpcStatus()?.GetDetail<ErrorInfo>()?.Domain);
        }

        Assert.Equal(before, await host.DigestAsync());
    }

    [Fact]
    public async Task A_refused_field_is_named_for_programs()
    {
        var error = await Assert.ThrowsAsync<RpcException>(() => host.RecordAsync("", "key", OptOut()));
        Assert.Equal("member_id", error.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations.Single().Field);
    }

    [Fact]
    public async Task Only_who_may_record_a_fact_records_it()
    {
        var write = await Assert.ThrowsAsync<RpcException>(async () => await host.Client.RecordMemberAsync(Request("X", "x", Registration()), As("app", "read")));
        Assert.Equal((StatusCode.PermissionDenied, "changes[0] is registration: caller 'app' may record nothing"), (write.StatusCode, write.Status.Detail));
    }

    [Fact]
    public async Task A_PostgreSQL_that_cannot_be_reached_is_unavailable_in_a_sentence()
    {
        await using var source = NpgsqlDataSource.Create("Host=127.0.0.1;Port=1;Timeout=2");
        var (app, channel) = await host.StartAsync(source);
        await using (app)
        {
            using (channel)
            {
                var client = new ConsentRegistry.ConsentRegistryClient(channel);
                var error = await Assert.ThrowsAsync<RpcException>(async () => await client.RecordMemberAsync(Request("X", "x", Registration()), Desk));
                Assert.Equal(StatusCode.Unavailable, error.StatusCode);
                Assert.StartsWith("PostgreSQL cannot be reached", error.Status.Detail, StringComparison.Ordinal);
                Assert.DoesNotContain("Exception", error.ToString().Split('\n')[0].Replace("RpcException", "", StringComparison.Ordinal), StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task A_call_past_its_deadline_ends()
    {
        await host.RecordAsync("D-1", "d-1", Registration());
        await using var connection = await host.Source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var hold = new NpgsqlCommand("SELECT 1 FROM member WHERE id = 'D-1' FOR UPDATE", connection);
        await hold.ExecuteNonQueryAsync();
        var error = await Assert.ThrowsAsync<RpcException>(async () =>
            await host.Client.RecordMemberAsync(Request("D-1", "d-2", OptOut()), Desk, DateTime.UtcNow.AddMilliseconds(300)));
        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
        await transaction.RollbackAsync();
        Assert.Equal(1, (await host.GetAsync("D-1")).Version);
    }

    private async Task PrepareAsync()
    {
        await host.RecordAsync("M1", "m1", Registration(), OptOut(id: "a"));
        await host.RecordAsync("GONE", "gone-1", Registration());
        await host.RecordAsync("GONE", "gone-2", Erasure());
        await host.Client.RecordRegisterAsync(new RecordRegisterRequest
        {
            Context = Context("vendors"),
            Changes =
            {
                ShapeTests.Vendor(vendor => vendor.Id = "A"),
                ShapeTests.Vendor(vendor => { vendor.Id = "B"; vendor.Redelegations.Add(new Redelegation { ParentId = "A" }); }),
                new RegisterChange { PolicyVersion = new() { Id = "v1", Change = PolicyChange.Initial, EffectiveAt = Time("2020-01-01T00:00:00Z") } },
            },
        }, Desk);
    }

    private IEnumerable<(Func<Task> Call, StatusCode Code, string Sentence)> Calls()
    {
        yield return (Member("M1", "", OptOut()), StatusCode.InvalidArgument, "context.idempotency_key is \"\"");
        yield return (Member("", "k", OptOut()), StatusCode.InvalidArgument, "member_id is \"\": an id is 1 to 64 bytes");
        yield return (Member(new string('x', 65), "k", OptOut()), StatusCode.InvalidArgument, "member_id is");
        yield return (Member("a\tb", "k", OptOut()), StatusCode.InvalidArgument, "member_id is \"a\\u0009b\"");
        yield return (Member("M1", "k"), StatusCode.InvalidArgument, "changes is a list of 0");
        yield return (Member("M1", "k", OptOut(), Status((MemberStatus)77)), StatusCode.InvalidArgument, "changes[1].status.status is 77");
        yield return (Member("M1", "k", new MemberChange { UseStop = new() { Purposes = { (Purpose)int.MaxValue } } }), StatusCode.InvalidArgument, "is 2147483647");
        yield return (Member("M1", "k", OptOut(new Start { At = new Timestamp { Seconds = 1L << 60 } })), StatusCode.InvalidArgument, "start.at");
        yield return (Member("M1", "k", ItemStop(null, [.. Enumerable.Repeat(DataItem.Name, 1000)])), StatusCode.InvalidArgument, "a list of 1000");
        yield return (Member("M1", "k", OptOut(), OptOut(id: "a")), StatusCode.AlreadyExists, "changes[1].dm_opt_out.record_id");
        yield return (Member("M1", "k", ConsentTo(), ConsentTo(expires: Time("1999-01-01T00:00:00Z"), recipient: "W")), StatusCode.InvalidArgument, "changes[1].consent.expires_at");
        yield return (Member("M1", "k", OptOut(), Registration()), StatusCode.AlreadyExists, "registered already");
        yield return (Member("M1", "m1", OptOut()), StatusCode.AlreadyExists, "context.idempotency_key");
        yield return (Member("M1", "k", Erasure(), OptOut()), StatusCode.FailedPrecondition, "was erased");
        yield return (Member("GONE", "k", OptOut()), StatusCode.FailedPrecondition, "was erased");
        yield return (Member("NOBODY", "k", OptOut()), StatusCode.NotFound, "there is no such member");
        yield return (Register("k"), StatusCode.InvalidArgument, "changes is a list of 0");
        yield return (Register("k", ShapeTests.Vendor(vendor => { vendor.Id = "A"; vendor.Redelegations.Add(new Redelegation { ParentId = "B" }); })),
            StatusCode.InvalidArgument, "changes[0].vendor.redelegations[0].parent_id is \"B\": sub-contractors must not form a circle");
        yield return (Register("k", ShapeTests.Vendor(vendor => vendor.Contracts.Add(new Contract { From = Time("2026-01-02T00:00:00Z"), To = Time("2026-01-01T00:00:00Z") }))),
            StatusCode.InvalidArgument, "vendor.contracts[0].to is 2026-01-01T00:00:00Z");
        yield return (Register("k", new RegisterChange { PolicyVersion = new() { Id = "v1", Change = PolicyChange.Initial } }),
            StatusCode.FailedPrecondition, "changes[0].policy_version.effective_at");
        yield return (Register("vendors", ShapeTests.Vendor(_ => { })), StatusCode.AlreadyExists, "context.idempotency_key");
        yield return (Register("m1", ShapeTests.Vendor(_ => { })), StatusCode.AlreadyExists, "context.idempotency_key");
        yield return (Read(client => client.GetMemberAsync(new() { MemberId = "\u0001" }, Desk)), StatusCode.InvalidArgument, "member_id");
        yield return (Read(client => client.GetMemberAsync(new() { MemberId = "NOBODY" }, Desk)), StatusCode.NotFound, "no such member");
        yield return (Read(client => client.GetMemberHistoryAsync(new() { MemberId = "NOBODY" }, Desk)), StatusCode.NotFound, "no such member");
        yield return (Read(client => client.GetMemberHistoryAsync(new() { MemberId = "M1", PageSize = 1001 }, Desk)), StatusCode.InvalidArgument, "page_size is 1001");
        yield return (Read(client => client.GetMemberHistoryAsync(new() { MemberId = "M1", PageSize = -1 }, Desk)), StatusCode.InvalidArgument, "page_size is -1");
        yield return (Read(client => client.GetMemberHistoryAsync(new() { MemberId = "M1", PageToken = "AAAAAAAAAAAAAAAA" }, Desk)), StatusCode.InvalidArgument, "page_token");
        yield return (Read(client => client.GetMemberHistoryAsync(new() { MemberId = "M1", PageToken = "é" }, Desk)), StatusCode.InvalidArgument, "page_token");
        yield return (() => host.Client.RecordMemberAsync(new RecordMemberRequest { MemberId = "M1", Changes = { OptOut() } }, Desk).ResponseAsync,
            StatusCode.InvalidArgument, "context is not given");
    }

    private Func<Task> Member(string member, string key, params MemberChange[] changes) => () => host.RecordAsync(member, key, changes);

    private Func<Task> Register(string key, params RegisterChange[] changes) =>
        () => host.Client.RecordRegisterAsync(new RecordRegisterRequest { Context = Context(key), Changes = { changes } }, Desk).ResponseAsync;

    private Func<Task> Read<T>(Func<ConsentRegistry.ConsentRegistryClient, AsyncUnaryCall<T>> call) => () => call(host.Client).ResponseAsync;
}
