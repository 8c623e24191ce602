using Belong.Consent.V1;
using Belong.ConsentService.Database;
using Belong.ConsentService.Tests.Checks;
using Belong.ConsentService.Tests.Hosting;
using Grpc.Core;
using static Belong.ConsentService.Tests.Registry.Changes;

namespace Belong.ConsentService.Tests.Lookup;

/// <summary>Hit, miss and damage, with both stores there.</summary>
public sealed class CacheLookupTests(CheckStage checks) : IClassFixture<CheckStage>
{
    private ServiceStage Stage => checks.Stage;

    private ServiceInstance Instance => checks.Open;

    [Fact]
    public async Task A_miss_is_read_from_the_database_and_filled()
    {
        await RegisterAsync("C-1");
        await AssertAllowedAsync("C-1", FactsSource.Cache);
        Assert.True(await Stage.Keys.KeyDeleteAsync(await Stage.KeyOfAsync("C-1")));
        await AssertAllowedAsync("C-1", FactsSource.Database);
        await AssertAllowedAsync("C-1", FactsSource.Cache);
    }

    [Fact]
    public async Task A_member_that_does_not_exist_is_remembered_until_it_does()
    {
        for (var round = 0; round < 20; round++)
        {
            var id = $"C-2-{round}";
            var first = await Instance.UseAsync(id);
            var second = await Instance.UseAsync(id);
            Assert.Equal([ReasonCode.MemberUnknown], second.Reasons);
            Assert.Equal((FactsSource.Database, FactsSource.Cache), (first.Basis.Source, second.Basis.Source));
            Assert.NotNull(await Stage.Keys.KeyTimeToLiveAsync(await Stage.KeyOfAsync(id)));

            var token = await Instance.RecordAsync(id, Registration());
            Assert.Equal(Outcome.Allow, (await Instance.UseAsync(id, token, default)).Outcome);
        }

        await Stage.WaitUntilCoveredAsync(Instance);
        await AssertAllowedAsync("C-2-19", FactsSource.Cache);
    }

    [Fact]
    public async Task A_value_that_says_nothing_is_counted_and_replaced()
    {
        await RegisterAsync("C-3");
        var key = await Stage.KeyOfAsync("C-3");
        var corrupt = Instance.Counters.Corrupt;
        var value = (byte[])(await Stage.Keys.StringGetAsync(key))!;
        foreach (var damage in new byte[][] { [], [0xff], [1, 0xff, 0xff], value[..^1], [.. value[..^1], (byte)(value[^1] ^ 1)], [.. value, 0] })
        {
            await Stage.Keys.StringSetAsync(key, damage);
            await AssertAllowedAsync("C-3", FactsSource.Database);
            await AssertAllowedAsync("C-3", FactsSource.Cache);
        }

        await Stage.Keys.KeyDeleteAsync(key);
        await Stage.Keys.ListLeftPushAsync(key, "no text");
        await AssertAllowedAsync("C-3", FactsSource.Database);
        await AssertAllowedAsync("C-3", FactsSource.Cache);
        Assert.True(Instance.Counters.Corrupt >= corrupt + 7);
    }

    [Fact]
    public async Task Facts_in_the_database_that_say_nothing_deny_and_the_store_is_named_as_the_cause()
    {
        await Stage.ExecuteAsync("""INSERT INTO member (id, facts) VALUES ('C-4', '{"statuses": 7}')""");
        await Stage.WaitUntilCoveredAsync(Instance);
        var decision = await Instance.UseAsync("C-4");
        Assert.Equal((ReasonCode.FactsUnavailable, true), (decision.Reasons.Single(), decision.Retryable));
        Assert.Equal((0, 0, FactsSource.Unspecified), (decision.Basis.MemberVersion, decision.Basis.RegisterVersion, decision.Basis.Source));
    }

    [Fact]
    public async Task A_token_of_another_database_is_refused()
    {
        var token = new FactsToken("ZZZZZ", 3, false, FactsToken.HashOf("M-1"), 1).ToString();
        var error = await Assert.ThrowsAsync<RpcException>(() => Instance.UseAsync("M-1", token, default));
        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Equal($"options.min_facts_version is a token of the database ZZZZZ: a token of this database ({await Stage.ReadGenerationAsync()}) is allowed", error.Status.Detail);
    }

    [Fact]
    public async Task A_mangled_token_is_refused_wherever_it_is_mangled()
    {
        var token = await Instance.RecordAsync("C-5", Registration());
        for (var i = 0; i < token.Length; i++)
        {
            var mangled = token[..i] + (token[i] == 'A' ? 'B' : 'A') + token[(i + 1)..];
            var error = await Assert.ThrowsAsync<RpcException>(() => Instance.UseAsync("C-5", mangled, default));
            Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        }

        Assert.Equal(Outcome.Allow, (await Instance.UseAsync("C-5", token, default)).Outcome);
        Assert.Equal(Outcome.Allow, (await Instance.UseAsync("M-1", token, default)).Outcome);
    }

    private async Task RegisterAsync(string id)
    {
        await Instance.RecordAsync(id, Registration());
        await Stage.WaitUntilCoveredAsync(Instance);
    }

    private async Task AssertAllowedAsync(string id, FactsSource source)
    {
        var decision = await Instance.UseAsync(id);
        Assert.Equal((Outcome.Allow, source), (decision.Outcome, decision.Basis.Source));
    }
}
