using System.Diagnostics;
using Belong.ConsentService.Cache;
using Belong.ConsentService.Dev.Bench.Report;
using Belong.ConsentService.Dev.Bench.Stage;
using Belong.ConsentService.Testing.Mix;
using StackExchange.Redis;

namespace Belong.ConsentService.Dev.Bench.Rows;

/// <summary>An audience of all members against the floor of it: MGET of the same members, as fast as one connection carries them.</summary>
internal sealed class WholeAudience(BenchStage stage, FigureTable table, Screening screening) : IBenchRow
{
    private const int KeysInOne = 1_000;
    private const int AtOnce = 8;
    private const int WarmUps = 2;

    private readonly RedisKey _keys = System.Text.Encoding.UTF8.GetBytes(stage.Keys);

    public const string RowName = "audience";

    public string Name => RowName;

    public string Section => "Lists";

    public async Task WarmUpAsync()
    {
        for (var i = 0; i < WarmUps; i++)
        {
            await ReadAllAsync();
            await screening.RunAsync(stage.Service.Address);
        }
    }

    public async Task MeasureAsync()
    {
        var watch = Stopwatch.StartNew();
        await ReadAllAsync();
        var floor = stage.MemberCount / watch.Elapsed.TotalSeconds;
        table.Row("mget", $"MGET of {stage.MemberCount:N0} members by {KeysInOne:N0} (floor)", "members/s").Add(floor);
        var rate = table.Row("screen", $"ScreenAudience of {stage.MemberCount:N0} members, reasons included", "members/s");
        var seconds = table.Row("screen-seconds", $"ScreenAudience of {stage.MemberCount:N0} members, from the header to the summary", "s", 2);
        watch.Restart();
        var fault = await screening.RunAsync(stage.Service.Address);
        rate.Add(stage.MemberCount / watch.Elapsed.TotalSeconds, floor);
        seconds.Add(watch.Elapsed.TotalSeconds);
        if (fault is not null)
        {
            table.Miss("screen", fault);
        }
    }

    private async Task ReadAllAsync()
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync(RedisOptions.Parse(stage.Redis.Endpoint));
        var database = redis.GetDatabase();
        var next = 0;
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => Task.Run(async () =>
        {
            int first;
            while ((first = Interlocked.Add(ref next, KeysInOne) - KeysInOne) < stage.MemberCount)
            {
                await ReadAsync(database, first + 1, Math.Min(KeysInOne, stage.MemberCount - first));
            }
        })));
    }

    private async Task ReadAsync(IDatabase database, int firstMember, int count)
    {
        var keys = new RedisKey[count];
        for (var i = 0; i < count; i++)
        {
            keys[i] = _keys.Append(MemberMix.Id(firstMember + i));
        }

        foreach (var value in await database.StringGetAsync(keys))
        {
            if (value.IsNullOrEmpty)
            {
                throw new InvalidOperationException("A member is missing in Redis.");
            }
        }
    }
}
