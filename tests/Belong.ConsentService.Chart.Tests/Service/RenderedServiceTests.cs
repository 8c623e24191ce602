using System.Diagnostics;
using System.Globalization;
using System.Net;
using Belong.ConsentService.Chart.Tests.Objects;
using Belong.ConsentService.Chart.Tests.Reading;
using Belong.ConsentService.Chart.Tests.Rendering;
using Belong.ConsentService.Database;
using Belong.ConsentService.Testing;
using Belong.ConsentService.Testing.Redis;
using Belong.ConsentService.Tests.Access;
using Grpc.Core;
using k8s.Models;
using static Grpc.Health.V1.HealthCheckResponse.Types;

namespace Belong.ConsentService.Chart.Tests.Service;

/// <summary>The service starts with what the chart renders, and has the ports, probes and doors that the chart says it has.</summary>
public sealed class RenderedServiceTests
{
    [Fact]
    public async Task The_smallest_setting_migrates_and_answers_by_grants_and_TLS_and_ends_within_its_grace()
    {
        await using var stage = await PodStage.CreateAsync(ChartSetting.Smallest);
        await stage.MigrateAsync();
        var process = await stage.StartAsync("serve");
        await AssertPortsAndProbesAsync(stage, "serve", process);
        using var caller = new PodCaller(process, stage.Certificates);
        Assert.Equal(StatusCode.OK, await caller.AskAsync(PodStage.Key));
        Assert.Equal(StatusCode.Unauthenticated, await caller.AskAsync());

        var (pod, container) = stage.Container("serve");
        var left = TimeSpan.FromSeconds(pod.TerminationGracePeriodSeconds!.Value - container.Lifecycle.PreStop.Sleep.Seconds);
        var took = Stopwatch.StartNew();
        Assert.Equal(0, await process.TerminateAsync().WaitAsync(left));
        Assert.True(took.Elapsed >= TimeSpan.FromMilliseconds(PodSettings.Read(stage.Objects, container).DrainMs), $"It ended after {took.Elapsed}, before its drain");
    }

    [Fact]
    public async Task Production_runs_on_a_Redis_Cluster_and_knows_keys_tokens_and_certificates()
    {
        await using var redis = await RedisCluster.StartAsync();
        await using var stage = await PodStage.CreateAsync(ChartSetting.Production, redis.Configuration);
        await stage.MigrateAsync();
        var process = await stage.StartAsync("serve");
        await AssertPortsAndProbesAsync(stage, "serve", process);
        using var caller = new PodCaller(process, stage.Certificates);
        Assert.Equal(StatusCode.OK, await caller.AskAsync(PodStage.Key));
        Assert.Equal(StatusCode.OK, await caller.AskAsync(stage.Issuer.Sign(Issuer.Claims())));
        Assert.Equal(StatusCode.Unauthenticated, await caller.AskAsync());
        using var certificate = stage.Certificates.Client("dns:caller.example");
        using var certified = new PodCaller(process, stage.Certificates, certificate);
        Assert.Equal(StatusCode.OK, await certified.AskAsync());
    }

    [Fact]
    public async Task Apart_one_feeds_and_the_other_serves_by_grants_of_the_database()
    {
        await using var stage = await PodStage.CreateAsync(ChartSetting.Apart);
        await stage.MigrateAsync();
        await using (var source = FactsDataSource.Create(stage.Database))
        await using (var command = source.CreateCommand("INSERT INTO access_grants (document) VALUES ($1::jsonb)"))
        {
            command.Parameters.Add(new Npgsql.NpgsqlParameter { Value = PodStage.Grants });
            await command.ExecuteNonQueryAsync();
        }

        var feed = await stage.StartAsync("feed");
        var serve = await stage.StartAsync("serve");
        Assert.NotNull(stage.HttpAddress);
        var (status, answer) = await PodCaller.AskJsonAsync(stage.HttpAddress, stage.Certificates, PodStage.Key);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(10_000, (int?)answer["maxBatchChecks"]);
        Assert.Equal(HttpStatusCode.Unauthorized, (await PodCaller.AskJsonAsync(stage.HttpAddress, stage.Certificates)).Status);
        await AssertPortsAndProbesAsync(stage, "feed", feed);
        await AssertPortsAndProbesAsync(stage, "serve", serve);
        using var ofFeed = new PodCaller(feed, stage.Certificates);
        using var ofServe = new PodCaller(serve, stage.Certificates);
        Assert.Equal(StatusCode.OK, await ofServe.AskAsync(PodStage.Key));
        Assert.Equal(StatusCode.Unimplemented, await ofFeed.AskAsync(PodStage.Key));
    }

    [Fact]
    public async Task In_a_mesh_it_migrates_by_itself_and_answers_without_TLS_whom_it_knows()
    {
        await using var stage = await PodStage.CreateAsync(ChartSetting.Mesh);
        var process = await stage.StartAsync("serve");
        await AssertPortsAndProbesAsync(stage, "serve", process, isTls: false);
        using var caller = new PodCaller(process, certificates: null);
        Assert.Equal(StatusCode.OK, await caller.AskAsync(PodStage.Key));
        Assert.Equal(StatusCode.Unauthenticated, await caller.AskAsync());
    }

    [Fact]
    public void The_image_is_what_the_chart_takes_it_for()
    {
        Assert.Equal(["dotnet", "Belong.ConsentService.dll"], ImageFile.EntryPoint);
        Assert.Equal("$APP_UID", ImageFile.User); // 1654 in .NET's images.
        var container = Assert.Single(new RenderedObjects(ChartSetting.Smallest).Deployments).Spec.Template.Spec.Containers[0];
        Assert.Equal(ImageFile.Ports, container.Ports.Select(port => port.ContainerPort.ToString(CultureInfo.InvariantCulture)));
    }

    private static async Task AssertPortsAndProbesAsync(PodStage stage, string component, ServiceProcess process, bool isTls = true)
    {
        var (_, container) = stage.Container(component);
        var variables = PodSettings.Variables(stage.Objects, container, (_, _) => "");
        var ports = container.Ports.ToDictionary(port => port.Name, port => port.ContainerPort.ToString(CultureInfo.InvariantCulture));
        Assert.Equal(
            (ports["grpc"], ports["metrics"], ports.GetValueOrDefault("http")),
            (variables["Consent__Listen__GrpcPort"], variables["Consent__Listen__MetricsPort"], variables.GetValueOrDefault("Consent__Listen__HttpPort")));

        using var http = new HttpClient { BaseAddress = process.MetricsAddress };
        V1Probe[] probes = [container.StartupProbe, container.LivenessProbe, container.ReadinessProbe];
        Assert.Equal(["/healthz/live", "/healthz/live", "/healthz/ready"], probes.Select(probe => probe.HttpGet.Path));
        foreach (var probe in probes)
        {
            // Over HTTP, at the port whose settings the process was given.
            Assert.Equal(("metrics", null), (probe.HttpGet.Port.Value, probe.HttpGet.Scheme));
            using var answer = await http.GetAsync(new Uri(probe.HttpGet.Path, UriKind.Relative));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        Assert.Contains("consent_ready 1", await http.GetStringAsync(new Uri("/metrics", UriKind.Relative)), StringComparison.Ordinal);
        using var caller = new PodCaller(process, isTls ? stage.Certificates : null);
        // It is told there a moment later than over HTTP.
        for (var attempt = 0; attempt < 600 && await caller.AskHealthAsync() != ServingStatus.Serving; attempt++)
        {
            await Task.Delay(100);
        }

        Assert.Equal(ServingStatus.Serving, await caller.AskHealthAsync());
    }
}
