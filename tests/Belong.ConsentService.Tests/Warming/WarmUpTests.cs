using Belong.Consent.V1;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Tests.Access;
using Belong.ConsentService.Tests.Hosting;
using Belong.ConsentService.Warming;
using Grpc.Health.V1;
using Npgsql;
using Status = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Belong.ConsentService.Tests.Warming;

/// <summary>What is used before readiness is said.</summary>
public sealed class WarmUpTests
{
    private const int ForLongMs = 120_000;

    [Fact]
    public async Task Ready_is_not_said_before_it_has_ended_and_who_stops_does_not_wait_for_it()
    {
        await using var stage = await ServiceStage.CreateAsync();
        // What cannot be warmed is tried to the end.
        stage.Redis.Stall();
        var instance = await stage.StartAsync(settings => settings.WarmUp.MaxMs = ForLongMs);
        await Waiting.UntilAsync(() => instance.State.RegisterFreshAsOf is not null);
        Assert.Equal("not ready: warming up\n", await ReadAsync(instance));
        Assert.Equal(Status.NotServing, (await new Health.HealthClient(instance.Channel).CheckAsync(new HealthCheckRequest())).Status);
        Assert.Equal(FactsSource.Database, (await instance.UseAsync("M-1")).Basis.Source);

        var stopping = TimeProvider.System.GetTimestamp();
        await instance.App.StopAsync();
        Assert.InRange(TimeProvider.System.GetElapsedTime(stopping).TotalSeconds, 0, 20);
        Assert.Equal(TaskStatus.RanToCompletion, instance.Get<WarmUp>().ExecuteTask!.Status);
    }

    [Fact]
    public async Task It_ends_though_Redis_hangs_and_goes_on_with_what_stayed_cold()
    {
        await using var stage = await ServiceStage.CreateAsync();
        stage.Redis.Stall();
        var instance = await stage.StartAsync(settings => settings.WarmUp.MaxMs = 500);
        await Waiting.UntilAsync(async () => (await ReadAsync(instance)).StartsWith("ready, degraded", StringComparison.Ordinal));
        Assert.Contains("; not warm: checks from the cache, batches and lists", await ReadAsync(instance), StringComparison.Ordinal);
        stage.Redis.Restore();
        await Waiting.UntilAsync(async () => await ReadAsync(instance) == "ready\n");
    }

    [Fact]
    public async Task It_ends_though_PostgreSQL_hangs_and_goes_on_with_what_stayed_cold()
    {
        await using var stage = await ServiceStage.CreateAsync();
        await stage.StartFreshAsync(settings => settings.Roles = ["serve", "feed"]);
        await using var connection = await stage.Database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var command = new NpgsqlCommand("LOCK TABLE member IN ACCESS EXCLUSIVE MODE", connection, transaction))
        {
            await command.ExecuteNonQueryAsync();
        }

        var instance = await stage.StartAsync(settings => (settings.Roles, settings.WarmUp.MaxMs) = (["serve"], 500));
        await Waiting.UntilAsync(async () => (await ReadAsync(instance)).StartsWith("ready, degraded", StringComparison.Ordinal));
        Assert.Contains("not warm: checks from the cache, batches and lists, reads of PostgreSQL", await ReadAsync(instance), StringComparison.Ordinal);
        await transaction.RollbackAsync();
        await Waiting.UntilAsync(async () => await ReadAsync(instance) == "ready\n");
    }

    [Fact]
    public async Task What_it_asks_is_counted_nowhere()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await stage.StartAsync(settings => settings.WarmUp.MaxMs = 1_000);
        await Waiting.UntilAsync(async () => await ReadAsync(instance) == "ready\n");
        await AssertNothingIsCountedAsync(instance);
    }

    [Fact]
    public async Task Where_callers_are_registered_it_needs_no_key()
    {
        using var grants = new WrittenGrants().Write(1, WrittenGrants.Everything("shop", "a key"));
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await stage.StartAsync(settings =>
        {
            settings.WarmUp.MaxMs = 1_000;
            grants.Apply(settings);
        });
        await Waiting.UntilAsync(async () => await ReadAsync(instance) == "ready\n");
        await AssertNothingIsCountedAsync(instance);
    }

    private static async Task AssertNothingIsCountedAsync(ServiceInstance instance)
    {
        var lines = (await instance.Http.GetStringAsync("/metrics")).Split('\n');
        foreach (var name in new[] { "consent_checks_total", "consent_check_seconds_count", "consent_checks_abandoned_total", "consent_cache_reads_total", "consent_database_reads_total" })
        {
            var counted = lines.Where(line => line.StartsWith(name, StringComparison.Ordinal)).ToList();
            Assert.NotEmpty(counted);
            Assert.All(counted, line => Assert.EndsWith(" 0", line, StringComparison.Ordinal));
        }
    }

    private static async Task<string> ReadAsync(ServiceInstance instance)
    {
        using var response = await instance.Http.GetAsync(new Uri("/healthz/ready", UriKind.Relative));
        return await response.Content.ReadAsStringAsync();
    }
}
