using Belong.Consent.V1;
using Belong.ConsentService.Overload;
using Belong.ConsentService.Tests.Hosting;
using Google.Rpc;
using Grpc.Core;
using Grpc.Health.V1;
using static Belong.ConsentService.Tests.Registry.Changes;
using Reflected = Grpc.Reflection.V1Alpha;

namespace Belong.ConsentService.Tests.Overload;

/// <summary>What is too much is refused at once, and what was taken is answered.</summary>
public sealed class OverloadTests
{
    [Fact]
    public async Task Checks_above_the_limit_are_refused_before_they_are_read_and_answered_when_there_is_room()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await PrepareAsync(stage, limits => limits.MaxConcurrentChecks = 2);
        stage.Lookups.Stall();
        var held = Enumerable.Range(0, 2).Select(i => Task.Run(() => instance.UseAsync($"N-{i}"))).ToList();
        await Waiting.UntilAsync(() => InFlight(instance, "checks") == 2);

        // Read, it would be refused as malformed.
        var refused = await Assert.ThrowsAsync<RpcException>(() => instance.UseAsync(""));
        AssertOverloaded(refused, "The calls of ConsentCheck in flight are 2, the most that Consent:Limits:MaxConcurrentChecks allows at once: try again in a moment");
        await AssertOthersAreAnsweredAsync(instance);
        var metrics = await instance.Http.GetStringAsync("/metrics");
        Assert.Contains("consent_refused_overload_total{limit=\"checks\"} 1", metrics, StringComparison.Ordinal);
        Assert.Contains("consent_in_flight{limit=\"checks\"} 2", metrics, StringComparison.Ordinal);
        Assert.Contains("consent_in_flight{limit=\"database_reads\"} 2", metrics, StringComparison.Ordinal);

        stage.Lookups.Restore();
        Assert.All(await Task.WhenAll(held), decision => Assert.Equal([ReasonCode.MemberUnknown], decision.Reasons));
        Assert.Equal(Outcome.Allow, (await instance.UseAsync("M-1")).Outcome);
        await Waiting.UntilAsync(() => InFlight(instance, "checks") == 0);
    }

    [Fact]
    public async Task Under_a_storm_each_check_is_answered_or_refused_and_afterwards_all_are_answered()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await PrepareAsync(stage, limits => limits.MaxConcurrentChecks = 3);
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 2_000).Select(_ => Task.Run(() => AskAsync(instance))));
        Assert.Equal([StatusCode.OK, StatusCode.ResourceExhausted], outcomes.Distinct().Order());
        await Waiting.UntilAsync(() => InFlight(instance, "checks") == 0);
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(StatusCode.OK, await AskAsync(instance));
        }

        Assert.Empty(stage.Warnings.Without());
    }

    [Fact]
    public async Task Writes_and_imports_have_limits_of_their_own()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await PrepareAsync(stage, limits =>
        {
            limits.MaxConcurrentRegistryCalls = 1;
            limits.MaxConcurrentImports = 1;
        });
        await using var connection = await stage.Database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var taken = new Npgsql.NpgsqlCommand("SELECT 1 FROM member WHERE id = 'M-1' FOR UPDATE", connection);
        await taken.ExecuteNonQueryAsync();
        var held = Task.Run(() => instance.RecordAsync("M-1", OptOut()));
        await Waiting.UntilAsync(() => InFlight(instance, "registry") == 1);
        AssertOverloaded(
            await Assert.ThrowsAsync<RpcException>(() => instance.RecordAsync("M-2", Registration())),
            "The calls of ConsentRegistry in flight are 1, the most that Consent:Limits:MaxConcurrentRegistryCalls allows at once: try again in a moment");

        using (var import = await BeginImportAsync(instance))
        {
            using var second = instance.Registry.ImportMembers();
            AssertOverloaded(
                await Assert.ThrowsAsync<RpcException>(async () => await second.ResponseAsync),
                "The imports in flight are 1, the most that Consent:Limits:MaxConcurrentImports allows at once: try again in a moment");
            Assert.Equal(Outcome.Allow, (await instance.UseAsync("M-1")).Outcome);
            await import.RequestStream.CompleteAsync();
            Assert.Equal(0, (await import.ResponseAsync).Imported);
        }

        await transaction.CommitAsync();
        await held;
        await Waiting.UntilAsync(() => InFlight(instance, "registry") == 0 && InFlight(instance, "imports") == 0);
        await instance.RecordAsync("M-2", Registration());
    }

    [Fact]
    public async Task As_many_reads_as_are_allowed_reach_the_database_and_none_waits_for_a_connection()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await PrepareAsync(stage, _ => { });
        await using var connection = await stage.Database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var taken = new Npgsql.NpgsqlCommand("LOCK TABLE member IN ACCESS EXCLUSIVE MODE", connection);
        await taken.ExecuteNonQueryAsync();
        var held = Enumerable.Range(0, 64).Select(i => Task.Run(() => instance.UseAsync($"N-{i}"))).ToList();
        await Waiting.UntilAsync(async () => await stage.ReadOneAsync<long>(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'SELECT version, facts FROM member WHERE id%'") == 64);
        Assert.Equal(StatusCode.ResourceExhausted, (await Assert.ThrowsAsync<RpcException>(() => instance.UseAsync("N-64"))).StatusCode);
        await transaction.CommitAsync();
        Assert.All(await Task.WhenAll(held), decision => Assert.Equal([ReasonCode.MemberUnknown], decision.Reasons));
    }

    [Fact]
    public async Task A_limit_lets_in_exactly_as_many_as_it_says()
    {
        var limit = new ConcurrencyLimit("x", "X", "Y", 7, TimeSpan.FromSeconds(1));
        var most = 0;
        var entered = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 100_000; i++)
            {
                if (!limit.TryEnter())
                {
                    continue;
                }

                Interlocked.Increment(ref entered);
                InterlockedMax(ref most, limit.InFlight);
                limit.Leave();
            }
        })));
        Assert.InRange(most, 1, 7);
        Assert.Equal((0, 800_000L), (limit.InFlight, entered + limit.RefusedCount));
    }

    internal static int InFlight(ServiceInstance instance, string name) =>
        instance.Get<CallLimits>().All.Single(limit => limit.Name == name).InFlight;

    private static async Task<ServiceInstance> PrepareAsync(ServiceStage stage, Action<LimitSettings> configure)
    {
        var instance = await stage.StartWithPolicyAsync(settings => configure(settings.Limits));
        await instance.RecordAsync("M-1", Registration());
        await stage.WaitUntilCoveredAsync(instance);
        return instance;
    }

    private static async Task<StatusCode> AskAsync(ServiceInstance instance)
    {
        try
        {
            Assert.Equal(Outcome.Allow, (await instance.UseAsync("M-1")).Outcome);
            return StatusCode.OK;
        }
        catch (RpcException e)
        {
            return e.StatusCode;
        }
    }

    private static async Task<AsyncClientStreamingCall<ImportMembersRequest, ImportMembersResponse>> BeginImportAsync(ServiceInstance instance)
    {
        var import = instance.Registry.ImportMembers();
        await import.RequestStream.WriteAsync(new ImportMembersRequest
        {
            Header = new ImportHeader { Context = new WriteContext { IdempotencyKey = Guid.NewGuid().ToString(), Actor = "desk-1" } },
        });
        await Waiting.UntilAsync(() => InFlight(instance, "imports") == 1);
        return import;
    }

    private static void AssertOverloaded(RpcException refused, string sentence)
    {
        Assert.Equal((StatusCode.ResourceExhausted, sentence), (refused.StatusCode, refused.Status.Detail));
        var status = refused.GetRpcStatus()!;
        Assert.Equal(((int)Code.ResourceExhausted, sentence), (status.Code, status.Message));
        Assert.Equal(("consent.belong", "OVERLOADED"), (status.GetDetail<ErrorInfo>()!.Domain, status.GetDetail<ErrorInfo>()!.Reason));
        Assert.InRange(status.GetDetail<RetryInfo>()!.RetryDelay.ToTimeSpan().TotalSeconds, 0.01, 5);
    }

    private static async Task AssertOthersAreAnsweredAsync(ServiceInstance instance)
    {
        await new Health.HealthClient(instance.Channel).CheckAsync(new HealthCheckRequest());
        using var reflection = new Reflected.ServerReflection.ServerReflectionClient(instance.Channel).ServerReflectionInfo();
        await reflection.RequestStream.WriteAsync(new Reflected.ServerReflectionRequest { ListServices = "" });
        Assert.True(await reflection.ResponseStream.MoveNext(default));
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); value > seen;)
        {
            var found = Interlocked.CompareExchange(ref most, value, seen);
            if (found == seen)
            {
                return;
            }

            seen = found;
        }
    }
}
