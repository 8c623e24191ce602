using Belong.Consent.V1;
using Belong.ConsentService.Database;
using Belong.ConsentService.Testing;
using Belong.ConsentService.Tests.Feed;
using Belong.ConsentService.Tests.Hosting;
using static Belong.ConsentService.Tests.Registry.Changes;

namespace Belong.ConsentService.Tests.Lookup;

/// <summary>A database that was put back is noticed by what this instance has seen in it, whatever its transaction ids say.</summary>
public sealed class RestoreTests
{
    [Fact]
    public async Task What_a_restore_lost_is_not_answered_by_although_new_transactions_have_overtaken_it()
    {
        await using var server = await PostgresServer.StartRestorableAsync();
        await using var stage = await ServiceStage.CreateAsync(server);
        var instance = await stage.StartWithPolicyAsync();
        await instance.RecordAsync("M-1", Registration());
        await stage.WaitUntilCoveredAsync(instance);

        var backup = await server.TakeBackupAsync();
        var newest = await stage.ReadOneAsync<long>("SELECT max(seq) FROM lineage");
        var token = await instance.RecordAsync("M-1", OptOut());
        await Waiting.UntilAsync(() => stage.ReadOneAsync<bool>(
            $"SELECT EXISTS (SELECT FROM lineage WHERE mark = '{instance.Get<Lineage>().Known.Mark}' AND seq > {newest})"));
        await stage.WaitUntilCoveredAsync(instance);
        Assert.Equal(2, (await instance.UseAsync("M-1", Purpose.DirectMarketing)).Basis.MemberVersion);

        var before = instance.State;
        stage.Feed.Cut();
        stage.Lookups.Cut();
        await server.RestoreAsync(backup, asNewSystem: false);
        stage.Database.Clear();
        await Transactions.OvertakeAsync(stage.Database, before.Position!);
        stage.Lookups.Restore();

        // The feed is cut off: what this instance has seen is all there is to tell it by.
        await Waiting.UntilAsync(async () => await stage.ReadGenerationAsync() != before.Generation);
        Assert.NotEqual(Outcome.Allow, (await instance.UseAsync("M-1", token, default, Purpose.DirectMarketing)).Outcome);
        await Waiting.UntilAsync(async () => (await instance.UseAsync("M-1", Purpose.DirectMarketing)).Basis is { Source: FactsSource.Database, MemberVersion: 1 });
        var later = await instance.RecordAsync("M-1", OptOut());
        Assert.Equal([ReasonCode.DmOptedOut], (await instance.UseAsync("M-1", later, default, Purpose.DirectMarketing)).Reasons);

        stage.Feed.Restore();
        await Waiting.UntilAsync(() => instance.State.Generation != before.Generation);
        await stage.WaitUntilCoveredAsync(instance);
        Assert.Equal((2, FactsSource.Cache), (await instance.UseAsync("M-1", later, default, Purpose.DirectMarketing)) is { } decision
            ? (decision.Basis.MemberVersion, decision.Basis.Source) : default);
    }

    [Fact]
    public async Task A_state_of_an_unknown_past_is_fresh_only_by_a_probe_that_found_its_mark()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await stage.StartWithPolicyAsync();
        await stage.StopFeedAsync();
        var state = $"{stage.Prefix}:state";
        await stage.Keys.KeyRenameAsync(state, state + "-aside");
        await Waiting.UntilAsync(() => instance.State.Position is null);
        var unknown = Guid.NewGuid();
        await stage.Keys.HashSetAsync(state + "-aside", [new("mark", unknown.ToString()), new("snapshot", "9000000:9000000:")]);
        // Probes that this state seems to cover.
        await Task.Delay(200);
        await stage.Keys.KeyRenameAsync(state + "-aside", state);

        await Waiting.UntilAsync(() => instance.State.Mark == unknown);
        Assert.Null(instance.State.CacheFreshAsOf);
    }

    [Fact]
    public async Task A_demanded_write_is_not_included_in_a_database_without_the_mark_that_was_seen()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await stage.StartWithPolicyAsync();
        var text = await instance.RecordAsync("M-1", Registration());
        Assert.True(FactsToken.TryParse(text, out var token));
        var facts = instance.Get<FactsDatabase>();
        var known = instance.Get<Lineage>().Known;

        Assert.True((await facts.ReadMemberAsync("M-1", token, known, default)).IsIncluded);
        Assert.True((await facts.ReadMemberAsync("M-1", token, LineageMark.None, default)).IsIncluded);
        Assert.False((await facts.ReadMemberAsync("M-1", token, known with { Mark = Guid.NewGuid() }, default)).IsIncluded);
        Assert.True((await facts.ReadMemberAsync("M-1", token, new LineageMark("other", Guid.NewGuid()), default)).IsIncluded);
    }
}
