using Belong.ConsentService.Audit;
using Belong.ConsentService.Cache;
using Belong.ConsentService.Database;
using Belong.ConsentService.Tests.Cache;

namespace Belong.ConsentService.Tests.Audit;

/// <summary>Whatever is wrong in Redis is found, counted once and put right.</summary>
public sealed class AuditFaultTests
{
    private const string Id = "m77";

    [Theory]
    [InlineData("deleted", DifferenceKind.Missing)]
    [InlineData("older", DifferenceKind.Behind)]
    [InlineData("no such member", DifferenceKind.Behind)]
    [InlineData("other content", DifferenceKind.Different)]
    [InlineData("flipped in the version", DifferenceKind.Different)]
    [InlineData("flipped in the content", DifferenceKind.Different)]
    [InlineData("unknown format", DifferenceKind.Different)]
    [InlineData("of another member", DifferenceKind.Different)]
    [InlineData("empty", DifferenceKind.Different)]
    [InlineData("no string", DifferenceKind.Different)]
    [InlineData("newer", DifferenceKind.Ahead)]
    public async Task A_wrong_value_is_found_counted_once_and_replaced(string fault, DifferenceKind kind)
    {
        await using var stage = await AuditStage.CreateFilledAsync(120);
        await stage.Feed.PutAsync(Id, "v2");
        await stage.Feed.WaitUntilCoveredAsync();
        await PutFaultAsync(stage, fault);

        var counters = await stage.StartAuditAsync();
        await stage.PassAsync(counters);

        Assert.Equal(1, counters.DifferencesOf(kind));
        await stage.AssertSameAsync();
        await stage.PassAsync(counters);
        Assert.Equal(1, AuditStage.Differences(counters));
        Assert.Contains($"Redis was not as PostgreSQL: {kind}", stage.Feed.Log.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Id, stage.Feed.Log.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_values_gone_are_all_found()
    {
        await using var stage = await AuditStage.CreateFilledAsync(120);
        for (var number = 1; number <= 120; number++)
        {
            await stage.Redis.KeyDeleteAsync(await stage.KeyOfAsync($"m{number}"));
        }

        var counters = await stage.StartAuditAsync();
        await stage.PassAsync(counters);

        Assert.Equal(120, counters.DifferencesOf(DifferenceKind.Missing));
        Assert.Equal(120, AuditStage.Differences(counters));
        await stage.AssertSameAsync();
    }

    [Fact]
    public async Task Facts_that_cannot_be_read_are_no_difference()
    {
        await using var stage = await AuditStage.CreateFilledAsync(60);
        await stage.Feed.ExecuteAsync("UPDATE member SET facts = '[1]' WHERE id = 'm7'");
        await stage.Feed.WaitUntilCoveredAsync();

        var counters = await stage.StartAuditAsync();
        await stage.PassAsync(counters);
        Assert.Equal(0, AuditStage.Differences(counters));

        await stage.Redis.StringSetAsync(await stage.KeyOfAsync("m7"), AuditStage.Value("m7", 1));
        await Waiting.UntilAsync(() => counters.DifferencesOf(DifferenceKind.Behind) == 1);
        await Waiting.UntilAsync(async () => (await stage.Feed.ReadAsync("m7")).Outcome == ReadOutcome.Corrupt);
    }

    [Theory]
    [InlineData("nobody")]
    [InlineData("not an id: あ")]
    public async Task A_member_that_PostgreSQL_does_not_have_is_replaced_by_what_expires(string id)
    {
        await using var stage = await AuditStage.CreateFilledAsync(120);
        var key = await stage.KeyOfAsync(id);
        await stage.Redis.StringSetAsync(key, AuditStage.Value(id, 3));
        await stage.Feed.Cache.FillAsync(await stage.ReadGenerationAsync(), "unknown", null);
        var unknown = await stage.Redis.StringGetAsync(await stage.KeyOfAsync("unknown"));

        var counters = await stage.StartAuditAsync();
        await stage.PassAsync(counters);

        Assert.Equal(1, counters.DifferencesOf(DifferenceKind.Orphan));
        Assert.Equal(1, AuditStage.Differences(counters));
        Assert.Equal(MemberValue.Encode(id, null), (byte[]?)await stage.Redis.StringGetAsync(key));
        Assert.InRange((await stage.Redis.KeyTimeToLiveAsync(key))!.Value.TotalSeconds, 1, 60);
        Assert.Equal(unknown, await stage.Redis.StringGetAsync(await stage.KeyOfAsync("unknown")));
        await stage.AssertSameAsync();
    }

    [Theory]
    [InlineData("deleted")]
    [InlineData("other content")]
    [InlineData("newer")]
    [InlineData("older")]
    [InlineData("damaged")]
    [InlineData("no string")]
    public async Task A_wrong_register_is_found_counted_once_and_replaced(string fault)
    {
        await using var stage = await AuditStage.CreateFilledAsync(60);
        var key = await stage.RegisterKeyAsync();
        var sound = (byte[])(await stage.Redis.StringGetAsync(key))!;
        var version = await stage.Feed.ReadOneAsync<long>("SELECT version FROM register");
        var damaged = (byte[])sound.Clone();
        damaged[^6] ^= 1;
        await stage.Redis.KeyDeleteAsync(key);
        await (fault switch
        {
            "deleted" => Task.CompletedTask,
            "no string" => stage.Redis.ListRightPushAsync(key, "x"),
            "damaged" => stage.Redis.StringSetAsync(key, damaged),
            _ => stage.Redis.StringSetAsync(key, RegisterValue.Encode(
                new RegisterRecords(version + (fault == "newer" ? 7 : fault == "older" ? -1 : 0), [], [], []))),
        });

        var counters = await stage.StartAuditAsync();
        await stage.PassAsync(counters);
        await stage.PassAsync(counters);

        Assert.Equal(1, counters.DifferencesOf(DifferenceKind.Register));
        Assert.Equal(1, AuditStage.Differences(counters));
        Assert.Equal(sound, (byte[]?)await stage.Redis.StringGetAsync(key));
    }

    [Fact]
    public async Task What_a_wrong_version_kept_the_feed_from_writing_is_written()
    {
        await using var stage = await AuditStage.CreateFilledAsync(60);
        await stage.Redis.StringSetAsync(await stage.KeyOfAsync("m7"), AuditStage.Value("m7", 3));
        // The feed takes the third version for known.
        await stage.Feed.PutAsync("m7", "v2");
        await stage.Feed.PutAsync("m7", "v3");
        await stage.Feed.WaitUntilCoveredAsync();
        Assert.Equal("x", await stage.Feed.ReadPolicyAsync("m7"));

        var counters = await stage.StartAuditAsync();
        await stage.PassAsync(counters);

        Assert.Equal("v3", await stage.Feed.ReadPolicyAsync("m7"));
        Assert.Equal(1, AuditStage.Differences(counters));
    }

    private static async Task PutFaultAsync(AuditStage stage, string fault)
    {
        var key = await stage.KeyOfAsync(Id);
        var value = (byte[])(await stage.Redis.StringGetAsync(key))!;
        await stage.Redis.KeyDeleteAsync(key);
        if (fault == "no string")
        {
            await stage.Redis.ListRightPushAsync(key, "x");
        }
        else if (Damage(fault, value) is { } damaged)
        {
            await stage.Redis.StringSetAsync(key, damaged);
        }
    }

    private static byte[]? Damage(string fault, byte[] value)
    {
        switch (fault)
        {
            case "deleted": return null;
            case "older": return AuditStage.Value(Id, 1, "v1");
            case "newer": return AuditStage.Value(Id, 99);
            case "no such member": return MemberValue.Encode(Id, null);
            case "other content": return AuditStage.Value(Id, 2);
            case "of another member": return AuditStage.Value("m78", 2);
            case "empty": return [];
            case "unknown format": value[0] = 9; return value;
            case "flipped in the version": value[1] ^= 0x40; return value;
            case "flipped in the content": value[^6] ^= 1; return value;
            default: throw new ArgumentException(fault, nameof(fault));
        }
    }
}
