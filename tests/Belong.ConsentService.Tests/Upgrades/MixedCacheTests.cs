using Belong.Consent.V1;
using Belong.ConsentService.Cache;
using Belong.ConsentService.Tests.Checks;
using Belong.ConsentService.Tests.Hosting;
using StackExchange.Redis;
using static Belong.ConsentService.Tests.Registry.Changes;

namespace Belong.ConsentService.Tests.Upgrades;

/// <summary>
/// Instances of two versions on one Redis, as while an upgrade or a rollback is under way: what the last release wrote is
/// answered from, and what the next one will write is a miss, never an answer, and is fought over by nobody.
/// </summary>
public sealed class MixedCacheTests(CheckStage checks) : IClassFixture<CheckStage>
{
    /// <summary>Of the member "plain", as the last release wrote it: version 1, acquired under "v1", the service used on 2026-04-01.</summary>
    private const string ReleasedMember = "0101030276310181e4f1ab0cc8826ff6";

    private const byte NextFormat = MemberValue.Format + 1;

    private ServiceStage Stage => checks.Stage;

    private ServiceInstance Instance => checks.Open;

    [Fact]
    public async Task A_value_of_the_last_release_is_answered_from_and_left_as_it_is()
    {
        await Instance.RecordAsync("plain", Registration());
        await Stage.WaitUntilCoveredAsync(Instance);
        var key = await Stage.KeyOfAsync("plain");
        var released = Convert.FromHexString(ReleasedMember);
        await Stage.Keys.StringSetAsync(key, released);
        var decision = await Instance.UseAsync("plain");
        Assert.Equal((FactsSource.Cache, 1L), (decision.Basis.Source, decision.Basis.MemberVersion));
        Assert.Equal(released, (byte[]?)await Stage.Keys.StringGetAsync(key));
    }

    [Fact]
    public async Task A_value_of_the_next_format_is_a_miss_and_replaced_once()
    {
        await Instance.RecordAsync("X-1", Registration(), new MemberChange { DmOptOut = new DmOptOut { AllChannels = true } });
        await Stage.WaitUntilCoveredAsync(Instance);
        var key = await Stage.KeyOfAsync("X-1");
        var written = await Stage.Keys.StringGetAsync(key);
        foreach (var planted in new[] { Next("X-1", 1), Next("X-1", 1_000), NextKind("X-1", 1) })
        {
            await Stage.Keys.StringSetAsync(key, planted);
            var first = await Instance.UseAsync("X-1", Purpose.DirectMarketing);
            Assert.Equal((FactsSource.Database, ReasonCode.DmOptedOut), (first.Basis.Source, first.Reasons.Single()));
            await AssertCachedAsync("X-1", ReasonCode.DmOptedOut);
            Assert.Equal(written, await Stage.Keys.StringGetAsync(key));
        }

        // Whoever reads both formats finds one that it knows and has nothing to replace: it stays as it is.
        var corrupt = Instance.Counters.Corrupt;
        for (var i = 0; i < 20; i++)
        {
            await AssertCachedAsync("X-1", ReasonCode.DmOptedOut);
        }

        Assert.Equal((corrupt, written), (Instance.Counters.Corrupt, await Stage.Keys.StringGetAsync(key)));
    }

    [Fact]
    public async Task Batches_and_lists_take_a_value_of_the_next_format_for_a_miss()
    {
        string[] members = [.. Enumerable.Range(0, 20).Select(i => $"X-2-{i}")];
        foreach (var member in members)
        {
            await Instance.RecordAsync(member, Registration(), new MemberChange { DmOptOut = new DmOptOut { AllChannels = true } });
        }

        await Stage.WaitUntilCoveredAsync(Instance);
        foreach (var member in members)
        {
            await Stage.Keys.StringSetAsync(await Stage.KeyOfAsync(member), Next(member, 1));
        }

        var asked = members.Select(member => new BatchCheck { Use = new CheckUseRequest { MemberId = member, Purposes = { Purpose.DirectMarketing }, Channel = Consent.V1.Channel.Email } });
        var answers = await Instance.Checks.CheckBatchAsync(new CheckBatchRequest { Checks = { asked } });
        Assert.All(answers.Answers, answer => Assert.Equal((FactsSource.Database, ReasonCode.DmOptedOut), (answer.Decision.Basis.Source, answer.Decision.Reasons.Single())));
    }

    [Fact]
    public async Task Versions_are_compared_across_formats()
    {
        await Instance.RecordAsync("X-3", Registration());
        await Stage.WaitUntilCoveredAsync(Instance);
        var key = await Stage.KeyOfAsync("X-3");
        var generation = await Stage.ReadGenerationAsync();
        // The older feed does not displace what the newer one has written of a later version.
        var ahead = Next("X-3", 5);
        await Stage.Keys.StringSetAsync(key, ahead);
        await Instance.Cache.ApplyAsync(generation, [new MemberWrite("X-3", 4, MemberValue.Encode("X-3", new() { Version = 4 }))], expectNew: false, default);
        Assert.Equal(ahead, (byte[]?)await Stage.Keys.StringGetAsync(key));
        // And a write that is newer takes the place of the next format.
        await Stage.Keys.StringSetAsync(key, Next("X-3", 1));
        await Instance.RecordAsync("X-3", new MemberChange { DmOptOut = new DmOptOut { AllChannels = true } });
        await Stage.WaitUntilCoveredAsync(Instance);
        await AssertCachedAsync("X-3", ReasonCode.DmOptedOut);
    }

    [Fact]
    public async Task A_state_with_more_fields_and_a_register_of_the_next_format_stop_nobody()
    {
        await Instance.RecordAsync("X-4", Registration());
        await Stage.WaitUntilCoveredAsync(Instance);
        var state = $"{Stage.Prefix}:state";
        Assert.Equal(["generation", "mark", "register_version", "servers", "snapshot"], (await Stage.Keys.HashKeysAsync(state)).Select(name => (string)name!).Order());
        await Stage.Keys.HashSetAsync(state, "later", "something");
        await Stage.Keys.StringSetAsync($"{Stage.Prefix}{await Stage.ReadGenerationAsync()}/register", NextRegister());
        var other = await Stage.StartFreshAsync();
        Assert.Equal(Outcome.Allow, (await other.UseAsync("X-4")).Outcome);
        await other.RecordAsync("X-4", new MemberChange { DmOptOut = new DmOptOut { AllChannels = true } });
        await Stage.WaitUntilCoveredAsync(other);
        await Stage.WaitUntilCoveredAsync(Instance);
        await AssertCachedAsync("X-4", ReasonCode.DmOptedOut);
        Assert.Equal("something", (string?)await Stage.Keys.HashGetAsync(state, "later"));
    }

    [Fact]
    public async Task Facts_with_a_field_of_the_next_release_deny_and_are_not_written_over()
    {
        await Stage.ExecuteAsync("""INSERT INTO member (id, facts) VALUES ('X-5', '{"acquired_policy_version": "v1", "newer_stops": [{"at": "2026-01-01T00:00:00Z"}]}')""");
        await Stage.WaitUntilCoveredAsync(Instance);
        var decision = await Instance.UseAsync("X-5");
        Assert.Equal((ReasonCode.FactsUnavailable, true), (decision.Reasons.Single(), decision.Retryable));
        await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => Instance.RecordAsync("X-5", new MemberChange { DmOptOut = new DmOptOut { AllChannels = true } }));
        Assert.True(await Stage.ReadOneAsync<bool>("SELECT version = 1 AND facts ? 'newer_stops' FROM member WHERE id = 'X-5'"));
    }

    private async Task AssertCachedAsync(string member, ReasonCode reason)
    {
        var decision = await Instance.UseAsync(member, Purpose.DirectMarketing);
        Assert.Equal((FactsSource.Cache, reason), (decision.Basis.Source, decision.Reasons.Single()));
    }

    private static byte[] Next(string member, long version) => Seal(member, NextFormat, version, "what nobody knows yet"u8);

    private static byte[] NextRegister() => Seal("register", RegisterValue.Format + 1, 1, "what nobody knows yet"u8);

    /// <summary>The present format with a kind of fact that came later.</summary>
    private static byte[] NextKind(string member, long version)
    {
        var writer = new ValueWriter(stackalloc byte[100]);
        writer.WriteByte(MemberValue.Format);
        writer.WriteVarint((ulong)version);
        writer.WriteVarint((ulong)MemberKinds.All + 1);
        return writer.Seal(member);
    }

    private static byte[] Seal(string subject, byte format, long version, ReadOnlySpan<byte> content)
    {
        var writer = new ValueWriter(stackalloc byte[100]);
        writer.WriteByte(format);
        writer.WriteVarint((ulong)version);
        writer.WriteBlock(content);
        return writer.Seal(subject);
    }
}
