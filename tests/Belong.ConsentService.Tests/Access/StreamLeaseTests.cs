using Belong.Consent.V1;
using Belong.ConsentService.Access.Grants;
using Belong.ConsentService.Tests.Audience;
using Belong.ConsentService.Tests.Hosting;
using Google.Rpc;
using Grpc.Core;
using static Belong.ConsentService.Tests.Access.AccessStage;
using static Belong.ConsentService.Tests.Registry.Changes;

namespace Belong.ConsentService.Tests.Access;

/// <summary>Streams that outlast the grants that they were begun with.</summary>
public sealed class StreamLeaseTests(AccessStage stage) : IClassFixture<AccessStage>, IDisposable
{
    private const string Gone = "Unauthenticated UNAUTHENTICATED";
    private const string Changed = "Unavailable GRANTS_CHANGED";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly WrittenGrants _grants = new WrittenGrants().Write(1, WrittenGrants.Everything("dm", "key"), WrittenGrants.Everything("other", "else"));

    public void Dispose() => _grants.Dispose();

    [Theory]
    [InlineData(false, Gone)]
    [InlineData(true, Changed)]
    public async Task A_list_is_judged_no_further(bool hasOtherTerms, string expected)
    {
        var instance = await stage.StartAsync(_grants.Apply);
        using var call = instance.Audience().ScreenAudience(Bearer("key"));
        await call.RequestStream.WriteAsync(new ScreenAudienceRequest { Header = Screen.Dm() });
        Assert.True(await call.ResponseStream.MoveNext(default));
        await SendAsync(call, "M-1");

        // What another gets, and a key more, changes nothing for this one.
        await ReplaceAsync(instance, 2, WrittenGrants.Everything("dm", "key", "next"), Narrow("other", "else"));
        await SendAsync(call, "M-1");

        await ReplaceAsync(instance, 3, hasOtherTerms ? Narrow("dm", "key") : WrittenGrants.Everything("other", "else"));
        await call.RequestStream.WriteAsync(Screen.Chunk(["M-1"]));
        Assert.Equal(expected, await EndAsync(() => call.ResponseStream.MoveNext(default)));
    }

    [Theory]
    [InlineData(false, Gone)]
    [InlineData(true, Changed)]
    public async Task A_watch_ends_with_the_next_that_it_would_tell(bool hasOtherTerms, string expected)
    {
        var instance = await stage.StartAsync(_grants.Apply);
        using var watch = instance.Audience().WatchDecisions(new WatchDecisionsRequest { Header = Screen.Dm() }, Bearer("key"));
        Assert.True(await watch.ResponseStream.MoveNext(default));
        await ReplaceAsync(instance, 2, hasOtherTerms ? Narrow("dm", "key") : WrittenGrants.Everything("other", "else"));
        Assert.Equal(expected, await EndAsync(async () =>
        {
            while (await watch.ResponseStream.MoveNext(default))
            {
                // What was under way.
            }
        }));
    }

    [Fact]
    public async Task An_import_records_nothing()
    {
        var instance = await stage.StartAsync(_grants.Apply);
        using var call = instance.Registry.ImportMembers(Bearer("key"));
        var context = new WriteContext { IdempotencyKey = Guid.NewGuid().ToString(), Actor = "desk-1" };
        await call.RequestStream.WriteAsync(new ImportMembersRequest { Header = new ImportHeader { Context = context } });
        await call.RequestStream.WriteAsync(new ImportMembersRequest { Member = new ImportedMember { MemberId = "IMPORTED", Line = 1, Changes = { Registration() } } });
        await Waiting.UntilAsync(async () => await stage.Stage.ReadOneAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY%' AND state = 'active'") == 1);
        await ReplaceAsync(instance, 2, WrittenGrants.Everything("other", "else"));
        await call.RequestStream.CompleteAsync();
        Assert.Equal(Gone, await EndAsync(() => call.ResponseAsync));
        Assert.Equal(0, await stage.Stage.ReadOneAsync<long>("SELECT count(*) FROM member WHERE id = 'IMPORTED'"));
    }

    private static CallerEntry Narrow(string name, string key)
    {
        var entry = WrittenGrants.Everything(name, key);
        entry.Purposes = [1];
        return entry;
    }

    private static async Task SendAsync(AsyncDuplexStreamingCall<ScreenAudienceRequest, ScreenAudienceResponse> call, string id)
    {
        await call.RequestStream.WriteAsync(Screen.Chunk([id]));
        Assert.True(await call.ResponseStream.MoveNext(default));
        Assert.Equal(1, call.ResponseStream.Current.Verdicts.MemberCount);
    }

    private static async Task<string> EndAsync(Func<Task> read)
    {
        var end = await Assert.ThrowsAsync<RpcException>(() => read().WaitAsync(Patience));
        return $"{end.StatusCode} {end.GetRpcStatus()?.GetDetail<ErrorInfo>()?.Reason}";
    }

    private async Task ReplaceAsync(ServiceInstance instance, long version, params CallerEntry[] callers)
    {
        _grants.Write(version, callers);
        await Waiting.UntilAsync(async () => await ReadMetricAsync(instance, "consent_grants_version") == version);
    }
}
