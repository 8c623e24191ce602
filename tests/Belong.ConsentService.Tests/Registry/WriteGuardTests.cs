using Belong.Consent.V1;
using Belong.ConsentService.Database;
using Belong.ConsentService.Feed;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Registry;
using Belong.ConsentService.Testing.Mix;
using Belong.ConsentService.Tests.Database;
using Grpc.Core;
using static Belong.ConsentService.Tests.Registry.Changes;

namespace Belong.ConsentService.Tests.Registry;

/// <summary>Nothing is written to a database that was put back, until it has a generation of its own.</summary>
public sealed class WriteGuardTests : FactsFixture
{
    private readonly Lineage _lineage = new();
    private readonly FactsStateHolder _holder = new();

    [Theory]
    [InlineData("member")]
    [InlineData("register")]
    [InlineData("import")]
    public async Task A_database_without_the_mark_that_was_seen_takes_no_write(string kind)
    {
        var generation = await ScalarAsync<string>("SELECT generation FROM facts_identity");
        _lineage.Known = new LineageMark(generation, Guid.NewGuid());
        await AssertRestoredAsync(kind);

        _lineage.Known = new LineageMark(generation, await ScalarAsync<Guid>("INSERT INTO lineage DEFAULT VALUES RETURNING mark"));
        await WriteAsync(kind, "key-2");
        // Renewed: what was seen in the database before is not demanded of it.
        _lineage.Known = new LineageMark("other", Guid.NewGuid());
        await WriteAsync(kind, "key-3");
    }

    [Theory]
    [InlineData("member")]
    [InlineData("register")]
    [InlineData("import")]
    public async Task A_transaction_that_the_feed_has_seen_ended_is_not_committed(string kind)
    {
        var generation = await ScalarAsync<string>("SELECT generation FROM facts_identity");
        _holder.Current = FactsState.Unknown with { Generation = generation, Position = SnapshotCursor.Parse("9000000:9000000:") };
        await AssertRestoredAsync(kind);

        _holder.Current = _holder.Current with { Generation = "other" };
        await WriteAsync(kind, "key-2");
    }

    private async Task AssertRestoredAsync(string kind)
    {
        var refusal = await Assert.ThrowsAsync<RpcException>(() => WriteAsync(kind, "key-1"));
        Assert.Equal(StatusCode.Unavailable, refusal.StatusCode);
        Assert.Contains("nothing was written", refusal.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM history"));
    }

    private async Task WriteAsync(string kind, string key)
    {
        var guard = new WriteGuard(_lineage, _holder);
        var settings = new RegistrySettings();
        var origin = WriteOrigin.Of("desk", RegistryHost.Context(key));
        switch (kind)
        {
            case "member":
                await new MemberRegistry(Source, TimeProvider.System, settings, guard).RecordAsync(origin, $"M-{key}", [Registration()], default);
                break;
            case "register":
                await new VendorRegister(Source, TimeProvider.System, settings, guard).RecordAsync(origin, [.. DemoRegister.Changes], default);
                break;
            default:
                await new MemberImport(Source, TimeProvider.System, settings, guard).ImportAsync("desk", MessagesAsync(key), default);
                break;
        }
    }

    private static async IAsyncEnumerable<ImportMembersRequest> MessagesAsync(string key)
    {
        await Task.Yield();
        yield return new ImportMembersRequest { Header = new ImportHeader { Context = RegistryHost.Context(key) } };
        yield return new ImportMembersRequest { Member = new ImportedMember { MemberId = $"M-{key}", Changes = { Registration() } } };
    }
}
