using System.Diagnostics;
using System.Net.Http.Headers;
using Belong.Consent.V1;
using Belong.ConsentService.Tests.Audience;
using Belong.ConsentService.Tests.Hosting;
using Belong.ConsentService.Tracing;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Trace;
using static Belong.ConsentService.Tests.Registry.Changes;

namespace Belong.ConsentService.Tests.Tracing;

/// <summary>Traces: off and free unless asked for; then whole, under the caller's, and of nobody.</summary>
public sealed class TraceTests
{
    private const string Member = "TRACED-MEMBER-1";
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";
    private const string ParentId = "b7ad6b7169203331";
    private const int ServerKind = 2;

    [Fact]
    public async Task Off_nobody_listens_and_nothing_is_made()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await stage.StartWithPolicyAsync();
        await instance.UseAsync(Member);
        Assert.Null(instance.App.Services.GetService<TracerProvider>());
        foreach (var name in new[] { ConsentTraces.Name, ConsentTraces.Npgsql, "Microsoft.AspNetCore", "Grpc.Net.Client" })
        {
            using var source = new ActivitySource(name);
            Assert.False(source.HasListeners(), name);
        }

        Assert.False(ConsentTraces.IsTraced);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10_000; i++)
        {
            if (ConsentTraces.IsTraced)
            {
                ConsentTraces.NoteCacheRead("GET", TimeSpan.Zero, "hit", 1);
            }
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.DoesNotContain("trace_id", await ScrapeAsync(instance, "application/openmetrics-text"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_call_its_reads_of_both_stores_and_its_writes_are_under_the_callers_trace(bool isGrpc)
    {
        await using var receiver = await TraceReceiver.StartAsync();
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await StartAsync(stage, isGrpc ? receiver.GrpcEndpoint : receiver.HttpEndpoint, ratio: 0);
        var traced = Parent(sampled: true);
        await instance.Registry.RecordMemberAsync(
            new RecordMemberRequest { Context = new WriteContext { IdempotencyKey = Guid.NewGuid().ToString(), Actor = "desk-1" }, MemberId = Member, Changes = { Registration() } }, traced);
        await stage.WaitUntilCoveredAsync(instance);
        await CheckAsync(instance, Member, traced);
        await CheckAsync(instance, "UNKNOWN-MEMBER", traced);
        await instance.Checks.CheckBatchAsync(new CheckBatchRequest { Checks = { new BatchCheck { Use = Question(Member) } } }, traced);
        await Assert.ThrowsAsync<RpcException>(() => CheckAsync(instance, "", traced));
        await Waiting.UntilAsync(() => receiver.Spans.Count(span => span.Kind == ServerKind && span.TraceId == TraceId) == 5);

        var spans = receiver.Spans.Where(span => span.TraceId == TraceId).ToList();
        var servers = spans.Where(span => span.Kind == ServerKind).ToList();
        Assert.All(servers, span => Assert.Equal(ParentId, span.ParentId));
        var check = servers.First(span => span.Name == "belong.consent.v1.ConsentCheck/CheckUse");
        Assert.Equal(("grpc", "belong.consent.v1.ConsentCheck", "CheckUse", "0"), (check.Tags["rpc.system"], check.Tags["rpc.service"], check.Tags["rpc.method"], check.Tags["rpc.grpc.status_code"]));
        Assert.Contains(servers, span => span.Tags["rpc.grpc.status_code"] == "3");
        Assert.All(servers, span => Assert.Equal("local-development", span.Tags["consent.caller"]));
        Assert.Contains(spans, span => span.ParentId == check.SpanId && span.Name == "GET" && span.Tags["consent.outcome"] == "hit");
        Assert.Contains(spans, span => span.Name == "GET" && span.Tags["consent.outcome"] == "miss");
        Assert.Contains(spans, span => span.Name == "MGET" && span.ParentId == servers.Single(server => server.Name.EndsWith("CheckBatch", StringComparison.Ordinal)).SpanId);
        AssertPostgres(spans, servers, "RecordMember");
        Assert.DoesNotContain(Member, receiver.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("UNKNOWN-MEMBER", receiver.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_caller_decides_and_where_it_does_not_the_ratio()
    {
        await using var receiver = await TraceReceiver.StartAsync();
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await StartAsync(stage, receiver.HttpEndpoint, ratio: 1);
        await CheckAsync(instance, Member, Parent(sampled: false));
        await CheckAsync(instance, Member, []);
        // A watch is not traced, and what runs in the background begins no trace.
        await using (await WatchedStream.OpenCurrentAsync(instance))
        {
            await Waiting.UntilAsync(() => receiver.Spans.Any(span => span.Name.EndsWith("CheckUse", StringComparison.Ordinal)));
        }

        await CheckAsync(instance, Member, []);
        await Waiting.UntilAsync(() => receiver.Spans.Count(span => span.Name.EndsWith("CheckUse", StringComparison.Ordinal)) == 2);
        Assert.DoesNotContain(receiver.Spans, span => span.TraceId == TraceId);
        var roots = receiver.Spans.Where(span => span.ParentId.Length == 0).ToList();
        Assert.All(roots, span => Assert.Equal(ServerKind, span.Kind));
        Assert.DoesNotContain(receiver.Spans, span => span.Name.EndsWith("WatchDecisions", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Latencies_name_their_trace_in_OpenMetrics_and_nowhere_else()
    {
        await using var receiver = await TraceReceiver.StartAsync();
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await StartAsync(stage, receiver.HttpEndpoint, ratio: 0);
        await CheckAsync(instance, Member, []);
        Assert.DoesNotContain("trace_id", await ScrapeAsync(instance, "application/openmetrics-text"), StringComparison.Ordinal);
        await CheckAsync(instance, Member, Parent(sampled: true));
        Assert.Matches($"consent_check_seconds_bucket\\{{kind=\"use\",le=\"[^\"]+\"\\}} [0-9.]+ # \\{{.*trace_id=\"{TraceId}\"", await ScrapeAsync(instance, "application/openmetrics-text"));
        Assert.DoesNotContain("trace_id", await ScrapeAsync(instance, "text/plain"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_collector_that_is_gone_costs_no_call()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await StartAsync(stage, "http://127.0.0.1:1/v1/traces", ratio: 1);
        for (var i = 0; i < 100; i++)
        {
            await CheckAsync(instance, Member, []);
        }
    }

    private static void AssertPostgres(List<ReceivedSpan> spans, List<ReceivedSpan> servers, string method)
    {
        var write = servers.Single(server => server.Name.EndsWith(method, StringComparison.Ordinal));
        Assert.Contains(spans, span => span.ParentId == write.SpanId && span.Tags.TryGetValue("db.system.name", out var system) && system == "postgresql");
        var missed = spans.Where(span => span.Tags.TryGetValue("db.system.name", out var system) && system == "postgresql").Select(span => span.ParentId);
        Assert.Contains(servers, server => server.Name.EndsWith("CheckUse", StringComparison.Ordinal) && missed.Contains(server.SpanId));
    }

    private static Task<ServiceInstance> StartAsync(ServiceStage stage, string endpoint, double ratio) => stage.StartWithPolicyAsync(settings =>
    {
        settings.Traces.OtlpEndpoint = endpoint;
        settings.Traces.SampleRatio = ratio;
    });

    private static Metadata Parent(bool sampled) => new() { { "traceparent", $"00-{TraceId}-{ParentId}-0{(sampled ? 1 : 0)}" } };

    private static CheckUseRequest Question(string member) => new() { MemberId = member, Channel = Consent.V1.Channel.Email, Purposes = { Purpose.ServiceDelivery } };

    private static async Task CheckAsync(ServiceInstance instance, string member, Metadata headers) =>
        await instance.Checks.CheckUseAsync(Question(member), headers);

    private static async Task<string> ScrapeAsync(ServiceInstance instance, string accept)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.Accept.Add(MediaTypeWithQualityHeaderValue.Parse(accept));
        using var response = await instance.Http.SendAsync(request);
        return await response.Content.ReadAsStringAsync();
    }
}
