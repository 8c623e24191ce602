using System.Diagnostics;
using Belong.Consent.V1;
using Belong.ConsentService.Cache;

namespace Belong.ConsentService.Dev.Measuring;

/// <summary>All members changed by one statement, while two instances feed and answer checks.</summary>
internal sealed class BulkDelay(int members, int checksPerSecond)
{
    private const int ReadsAtOnce = 2_000;
    private static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private int _answered;
    private int _refused;

    /// <summary>True when every member in Redis is as PostgreSQL has it.</summary>
    public async Task<bool> RunAsync()
    {
        await using var instances = await TwoInstances.StartAsync(members);
        await using var redis = RedisConnection.Open(instances.Redis);
        var cache = new FactsCache(redis, new CacheSettings());
        await WaitUntilCoveredAsync(instances, cache);
        Tell(instances, "before");
        using var done = new CancellationTokenSource();
        var checks = CheckAsync(instances, done.Token);
        var watch = Stopwatch.StartNew();
        await using (var command = instances.Database.CreateCommand("UPDATE member SET facts = facts"))
        {
            command.CommandTimeout = (int)Patience.TotalSeconds;
            await command.ExecuteNonQueryAsync(CancellationToken.None);
        }

        Console.WriteLine($"{members} members in one statement: {watch.Elapsed.TotalSeconds:F1} s in PostgreSQL");
        watch.Restart();
        await WaitUntilCoveredAsync(instances, cache);
        Console.WriteLine($"  from its end until Redis has all of it: {watch.Elapsed.TotalSeconds:F1} s");
        await done.CancelAsync();
        await checks;
        Console.WriteLine($"  checks meanwhile: {_answered} answered, {_refused} not");
        Tell(instances, "after");
        var lost = await CountLostAsync(instances, cache);
        Console.WriteLine($"  members in Redis that are not as in PostgreSQL: {lost}");
        return lost == 0;
    }

    private static void Tell(TwoInstances instances, string when) =>
        Console.WriteLine($"  most memory {when}: {string.Join(" and ", instances.Processes.Select(process => $"{process.ReadPeakBytes() / 1048576} MiB"))}");

    private static async Task WaitUntilCoveredAsync(TwoInstances instances, FactsCache cache)
    {
        await using var command = instances.Database.CreateCommand("SELECT pg_current_snapshot()::text");
        var wanted = Feed.SnapshotCursor.Parse((string)(await command.ExecuteScalarAsync())!);
        var watch = Stopwatch.StartNew();
        while (await cache.ReadStateAsync(default) is not { } state || !state.Snapshot.Covers(wanted))
        {
            if (watch.Elapsed > Patience)
            {
                throw new TimeoutException("the feeds do not come that far");
            }

            await Task.Delay(20);
        }
    }

    private async Task CheckAsync(TwoInstances instances, CancellationToken done)
    {
        var pause = TimeSpan.FromSeconds(1.0 / checksPerSecond);
        while (!done.IsCancellationRequested)
        {
            var client = instances.Checks[Random.Shared.Next(instances.Checks.Length)];
            var request = MeasuredService.Ask(1 + Random.Shared.Next(MeasuredService.MemberCount));
            var decision = (await client.CheckUseAsync(request, cancellationToken: CancellationToken.None)).Decision;
            _ = decision.Outcome == Outcome.Allow || decision.Reasons.Contains(ReasonCode.DmOptedOut) ? _answered++ : _refused++;
            await Task.Delay(pause, CancellationToken.None);
        }
    }

    private async Task<int> CountLostAsync(TwoInstances instances, FactsCache cache)
    {
        var lost = 0;
        await using var command = instances.Database.CreateCommand("SELECT generation FROM facts_identity");
        var generation = (string)(await command.ExecuteScalarAsync())!;
        for (var first = 1; first <= members; first += ReadsAtOnce)
        {
            var ids = Enumerable.Range(first, Math.Min(ReadsAtOnce, members - first + 1)).Select(MeasuredService.MemberId);
            var reads = await Task.WhenAll(ids.Select(id => cache.ReadMemberAsync(generation, id, ReadTimeout).AsTask()));
            // Inserted and updated once: version 2.
            lost += reads.Count(read => read.Facts?.Version != 2);
        }

        return lost;
    }
}
