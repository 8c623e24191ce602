using Belong.Consent.V1;
using Belong.ConsentService.Tests.Hosting;
using Npgsql;

namespace Belong.ConsentService.Tests.Audience;

/// <summary>Nothing is lost between positions, in whatever order transactions end.</summary>
public sealed class WatchOrderTests
{
    private const int Members = 1_000;
    private const int Writers = 8;
    private const int CommitsEach = 80;
    private const int RowsEach = 20;
    private const int LeastPositions = 10;
    private const int MaxResumptions = 40;

    private const string Plain = """{"acquired_policy_version":"v1"}""";
    private const string OptedOut = """{"acquired_policy_version":"v1","dm_opt_outs":[{"channels":["ALL"]}]}""";

    /// <summary>Rows are locked in order, so that writers wait for each other and never in a circle.</summary>
    private const string UpdateSome = $"""
        WITH taken AS MATERIALIZED (SELECT id FROM member WHERE id = ANY($1) ORDER BY id FOR UPDATE)
        UPDATE member SET facts = CASE WHEN $2 THEN '{OptedOut}' ELSE '{Plain}' END::jsonb FROM taken WHERE member.id = taken.id
        """;

    [Fact]
    public async Task From_every_position_that_was_given_while_eight_write_and_one_stays_open_nothing_is_lost()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await StartAsync(stage);
        await using var watched = await WatchedStream.OpenCurrentAsync(instance);
        await using var connection = await stage.Database.OpenConnectionAsync();
        await using var open = await connection.BeginTransactionAsync();
        await using var command = new NpgsqlCommand($"UPDATE member SET facts = '{OptedOut}' WHERE id = 'open'", connection);
        await command.ExecuteNonQueryAsync();
        await using var hopping = new HoppingWatch(instance);
        await hopping.StartAsync();
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => WriteAsync(stage, writer)));
        await watched.UntilCaughtUpAsync();
        Assert.Null(watched.AnswerOf("open"));
        await open.CommitAsync();
        await watched.UntilToldAsync("open", isAllowed: false);
        await watched.UntilCaughtUpAsync();
        var facts = await ReadFactsAsync(stage);
        Assert.Equal(Members + 1, facts.Count);
        AssertSame(facts, watched.Events);
        AssertSame(facts, await hopping.EndAsync());
        await AssertResumedAsync(instance, facts, watched.Events);
    }

    private static async Task<ServiceInstance> StartAsync(ServiceStage stage)
    {
        var instance = await stage.StartWithPolicyAsync();
        await stage.ExecuteAsync($"INSERT INTO member (id, facts) SELECT 'm' || n, '{Plain}' FROM generate_series(1, {Members}) n");
        await stage.ExecuteAsync($"INSERT INTO member (id, facts) VALUES ('open', '{Plain}')");
        await stage.WaitUntilCoveredAsync(instance);
        return instance;
    }

    /// <summary>Transactions that stay open for a while, so that they end in another order than they began.</summary>
    private static async Task WriteAsync(ServiceStage stage, int writer)
    {
        var random = new Random(writer);
        for (var i = 0; i < CommitsEach; i++)
        {
            await using var connection = await stage.Database.OpenConnectionAsync();
            await using var transaction = await connection.BeginTransactionAsync();
            await using (var command = new NpgsqlCommand(UpdateSome, connection))
            {
                var ids = Enumerable.Range(0, RowsEach).Select(row => $"m{(row * Members / RowsEach) + random.Next(1, (Members / RowsEach) + 1)}");
                command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. ids] });
                command.Parameters.Add(new NpgsqlParameter<bool> { TypedValue = random.Next(2) == 0 });
                await command.ExecuteNonQueryAsync();
            }

            await Task.Delay(random.Next(3) switch { 0 => random.Next(60), 1 => random.Next(5), _ => 0 });
            await transaction.CommitAsync();
        }
    }

    private static async Task<Dictionary<string, bool>> ReadFactsAsync(ServiceStage stage)
    {
        var facts = new Dictionary<string, bool>(StringComparer.Ordinal);
        await using var command = stage.Database.CreateCommand("SELECT id, facts ? 'dm_opt_outs' FROM member");
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            facts.Add(reader.GetString(0), !reader.GetBoolean(1));
        }

        return facts;
    }

    /// <summary>As a caller does whose connection broke after a position: it has what came before, and what comes from there.</summary>
    private static async Task AssertResumedAsync(ServiceInstance instance, Dictionary<string, bool> facts, IReadOnlyList<WatchDecisionsResponse> events)
    {
        var given = Enumerable.Range(0, events.Count).Where(i => events[i].Heartbeat is not null).ToList();
        Assert.True(given.Count >= LeastPositions, $"{given.Count} positions were given");
        var resumptions = Math.Min(given.Count, MaxResumptions);
        for (var i = 0; i < resumptions; i++)
        {
            var index = given[i * given.Count / resumptions];
            await using var resumed = await WatchedStream.OpenCurrentAsync(instance, events[index].Heartbeat.Position);
            AssertSame(facts, [.. events.Take(index), .. resumed.Events]);
        }
    }

    private static void AssertSame(Dictionary<string, bool> facts, IEnumerable<WatchDecisionsResponse> events)
    {
        var answers = facts.ToDictionary(member => member.Key, _ => true, StringComparer.Ordinal);
        foreach (var changed in events.Select(e => e.MembersChanged).OfType<MembersChanged>())
        {
            for (var i = 0; i < changed.MemberIds.Count; i++)
            {
                answers[changed.MemberIds[i]] = (changed.Allowed[i / 8] & (1 << (i % 8))) != 0;
            }
        }

        Assert.Equal([], facts.Where(member => answers[member.Key] != member.Value).Select(member => member.Key));
    }

    /// <summary>A caller that goes with every other position, and comes back with it.</summary>
    private sealed class HoppingWatch(ServiceInstance instance) : IAsyncDisposable
    {
        private readonly CancellationTokenSource _ending = new();
        private readonly List<WatchDecisionsResponse> _events = [];
        private Task? _hopping;

        public async Task<IReadOnlyList<WatchDecisionsResponse>> EndAsync()
        {
            await _ending.CancelAsync();
            await (_hopping ?? Task.CompletedTask);
            await using var last = await WatchedStream.OpenCurrentAsync(instance, _events.Last(e => e.Heartbeat is not null).Heartbeat.Position);
            return [.. _events, .. last.Events];
        }

        public async Task StartAsync()
        {
            await using (var first = await WatchedStream.OpenCurrentAsync(instance))
            {
                _events.AddRange(first.Events);
            }

            _hopping = Task.Run(HopAsync);
        }

        public ValueTask DisposeAsync()
        {
            _ending.Dispose();
            return ValueTask.CompletedTask;
        }

        private async Task HopAsync()
        {
            while (!_ending.IsCancellationRequested)
            {
                await using var watched = await WatchedStream.OpenCurrentAsync(instance, _events.Last(e => e.Heartbeat is not null).Heartbeat.Position);
                await watched.UntilAsync(e => e.Heartbeats.Count() >= 2);
                var events = watched.Events;
                var last = Enumerable.Range(0, events.Count).Last(i => events[i].Heartbeat is not null);
                _events.AddRange(events.Take(last + 1));
            }
        }
    }
}
