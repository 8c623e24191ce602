using Belong.Consent.V1;
using Belong.ConsentService.Audience;
using Belong.ConsentService.Tests.Hosting;
using static Belong.ConsentService.Tests.Registry.Changes;
using Instant = Belong.ConsentService.Rules.Instant;

namespace Belong.ConsentService.Tests.Audience;

/// <summary>Many changes at once, and callers that do not read.</summary>
public sealed class WatchVolumeTests
{
    private const int Members = 100_000;

    [Fact]
    public async Task A_hundred_thousand_changed_by_one_statement_all_come_in_pages_and_who_does_not_read_holds_up_only_itself()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await WatchTests.StartAsync(stage, "M-1");
        await PutAsync(stage, Members, "");
        await stage.WaitUntilCoveredAsync(instance);
        using var unread = new ConsentAudience.ConsentAudienceClient(instance.Channel).WatchDecisions(new WatchDecisionsRequest { Header = WatchedStream.Mail });
        Assert.True(await unread.ResponseStream.MoveNext(default));
        var told = instance.Get<WatchCounters>();
        await stage.ExecuteAsync("""UPDATE member SET facts = facts || '{"dm_opt_outs":[{"channels":["ALL"]}]}' WHERE id <> 'M-1'""");
        await UntilSettledAsync(() => told.Members);
        Assert.InRange(told.Members, 1, Members / 2);

        await using var watched = await WatchedStream.OpenCurrentAsync(instance);
        var position = watched.LastHeartbeat!.Position;
        await stage.ExecuteAsync("UPDATE member SET facts = facts WHERE id <> 'M-1'");
        await watched.UntilAsync(e => e.ToldCount == Members);
        await watched.UntilCaughtUpAsync();
        Assert.Equal(Members, watched.ToldCount);
        Assert.All(watched.Events.Where(e => e.MembersChanged is not null), e => Assert.InRange(e.MembersChanged.MemberIds.Count, 1, 1_000));
        await instance.RecordAsync("M-1", OptOut());
        await watched.UntilToldAsync("M-1", isAllowed: false);

        // Not said to be current before all of it was told.
        await using var resumed = await WatchedStream.OpenCurrentAsync(instance, position);
        Assert.Equal(Members + 1, resumed.ToldCount);

        var answers = new HashSet<string>(StringComparer.Ordinal);
        while (answers.Count <= Members)
        {
            Assert.True(await unread.ResponseStream.MoveNext(default));
            answers.UnionWith(unread.ResponseStream.Current.MembersChanged?.MemberIds ?? []);
        }
    }

    [Fact]
    public async Task Who_all_change_at_the_same_instant_all_come()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await WatchTests.StartAsync(stage, "M-1");
        var begins = Instant.From(DateTimeOffset.UtcNow.AddSeconds(4));
        await PutAsync(stage, 5_000, $$""", "dm_opt_outs":[{"channels":["ALL"],"at":"{{begins}}"}]""");
        await stage.WaitUntilCoveredAsync(instance);
        await using var watched = await WatchedStream.OpenCurrentAsync(instance);
        Assert.True(DateTime.UtcNow < begins.ToDateTime(), "the machine was too slow for this test");
        Assert.Empty(watched.Told);
        await watched.UntilAsync(e => e.ToldCount == 5_000);
        Assert.Equal(5_000, watched.ToldCount);
        Assert.All(Enumerable.Range(1, 5_000), n => Assert.Equal((false, ReasonCode.DmOptedOut), watched.AnswerOf($"m{n}")));
        await watched.UntilCaughtUpAsync();
    }

    private static Task PutAsync(ServiceStage stage, int count, string facts) => stage.ExecuteAsync(
        $$"""INSERT INTO member (id, facts) SELECT 'm' || n, '{"acquired_policy_version":"v1"{{facts}}}' FROM generate_series(1, {{count}}) n""");

    /// <summary>Waits until a number has grown and then stood still for two seconds.</summary>
    private static async Task UntilSettledAsync(Func<long> number)
    {
        var (seen, since) = (0L, TimeProvider.System.GetTimestamp());
        await Waiting.UntilAsync(() =>
        {
            if (number() != seen)
            {
                (seen, since) = (number(), TimeProvider.System.GetTimestamp());
            }

            return seen > 0 && TimeProvider.System.GetElapsedTime(since) > TimeSpan.FromSeconds(2);
        });
    }
}
