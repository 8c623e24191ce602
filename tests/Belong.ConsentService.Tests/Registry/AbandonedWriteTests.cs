using Belong.ConsentService.Feed;
using Belong.ConsentService.Freshness;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Tests.Hosting;
using Belong.ConsentService.Tests.Overload;
using Grpc.Core;
using Npgsql;
using static Belong.ConsentService.Tests.Registry.Changes;

namespace Belong.ConsentService.Tests.Registry;

/// <summary>A write whose caller has gone, or whose instance was cut off, holds no lock.</summary>
public sealed class AbandonedWriteTests
{
    private const string Ours = "datname = current_database() AND application_name = 'belong-consent' AND pid <> pg_backend_pid()";

    [Fact]
    public async Task Writes_that_are_cancelled_while_they_wait_leave_no_lock_and_no_transaction()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await PrepareAsync(stage);
        await using (var connection = await stage.Database.OpenConnectionAsync())
        {
            await using var transaction = await LockAsync(connection);
            using var hangUp = new CancellationTokenSource();
            var writes = Enumerable.Range(0, 10).Select(_ => Task.Run(() => instance.Registry.RecordMemberAsync(
                RegistryHost.Request("M-1", Guid.NewGuid().ToString(), OptOut()), cancellationToken: hangUp.Token).ResponseAsync)).ToList();
            writes.AddRange(Enumerable.Range(0, 10).Select(_ => Task.Run(() => instance.Registry.RecordMemberAsync(
                RegistryHost.Request("M-1", Guid.NewGuid().ToString(), OptOut()), deadline: DateTime.UtcNow.AddSeconds(3)).ResponseAsync)));
            await Waiting.UntilAsync(async () => await CountAsync(stage, $"{Ours} AND wait_event_type = 'Lock'") == 20);
            await hangUp.CancelAsync();
            foreach (var write in writes)
            {
                var error = await Assert.ThrowsAsync<RpcException>(() => write);
                Assert.Contains(error.StatusCode, new[] { StatusCode.Cancelled, StatusCode.DeadlineExceeded });
            }

            await Waiting.UntilAsync(async () => await CountAsync(stage, $"{Ours} AND wait_event_type = 'Lock'") == 0);
        }

        await AssertNothingIsHeldAsync(stage, instance);
        Assert.Equal(1, await stage.ReadOneAsync<long>("SELECT version FROM member WHERE id = 'M-1'"));
        await instance.RecordAsync("M-1", OptOut());
        var lines = stage.Warnings.Without(typeof(FreshnessWorker).FullName!, typeof(FeedWorker).FullName!);
        Assert.True(lines.Count == 0, string.Join('\n', lines.Take(5)));
    }

    [Fact]
    public async Task An_instance_that_was_cut_off_in_the_middle_of_a_write_holds_its_lock_for_a_bounded_time()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await PrepareAsync(stage);
        Task<string> write;
        await using (var connection = await stage.Database.OpenConnectionAsync())
        {
            await using var transaction = await LockAsync(connection);
            write = Task.Run(() => instance.RecordAsync("M-1", OptOut()));
            await Waiting.UntilAsync(async () => await CountAsync(stage, $"{Ours} AND wait_event_type = 'Lock'") == 1);
            stage.Lookups.Stall();
            await transaction.CommitAsync();
        }

        // The answer to its lock never comes to the instance, and nothing more from the instance to PostgreSQL.
        await Waiting.UntilAsync(async () => await CountAsync(stage, $"{Ours} AND state LIKE 'idle in transaction%'") == 0);
        await stage.ExecuteAsync("SET lock_timeout = '1s'; UPDATE member SET facts = facts WHERE id = 'M-1'");

        stage.Lookups.Restore();
        Assert.Equal(StatusCode.Unavailable, (await Assert.ThrowsAsync<RpcException>(() => write)).StatusCode);
        await AssertNothingIsHeldAsync(stage, instance);
        await instance.RecordAsync("M-1", OptOut());
    }

    private static async Task AssertNothingIsHeldAsync(ServiceStage stage, ServiceInstance instance)
    {
        await Waiting.UntilAsync(() => OverloadTests.InFlight(instance, "registry") == 0);
        await Waiting.UntilAsync(async () => await CountAsync(stage, $"{Ours} AND state LIKE 'idle in transaction%'") == 0);
    }

    private static async Task<ServiceInstance> PrepareAsync(ServiceStage stage)
    {
        var instance = await stage.StartWithPolicyAsync(settings => settings.Registry.IdleTransactionTimeoutMs = 500);
        await instance.RecordAsync("M-1", Registration());
        await stage.WaitUntilCoveredAsync(instance);
        return instance;
    }

    private static async Task<NpgsqlTransaction> LockAsync(NpgsqlConnection connection)
    {
        var transaction = await connection.BeginTransactionAsync();
        await using var command = new NpgsqlCommand("SELECT 1 FROM member WHERE id = 'M-1' FOR UPDATE", connection);
        await command.ExecuteNonQueryAsync();
        return transaction;
    }

    private static Task<long> CountAsync(ServiceStage stage, string where) => stage.ReadOneAsync<long>($"SELECT count(*) FROM pg_stat_activity WHERE {where}");
}
