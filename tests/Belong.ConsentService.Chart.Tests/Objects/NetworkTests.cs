using Belong.ConsentService.Chart.Tests.Reading;
using Belong.ConsentService.Chart.Tests.Rendering;
using k8s.Models;

namespace Belong.ConsentService.Chart.Tests.Objects;

/// <summary>What stands beside the pods selects the right ones and leads to ports that they have.</summary>
public sealed class NetworkTests
{
    public static TheoryData<string> Settings => RenderingTests.Settings;

    [Theory]
    [MemberData(nameof(Settings))]
    public void Callers_find_each_instance_that_serves_and_the_scraper_all_instances(string name)
    {
        var objects = Read(name);
        var instances = objects.Deployments.Select(one => one.Name()).Order(StringComparer.Ordinal).ToArray();
        var callers = objects.Of<V1Service>().Single(service => service.Spec.Ports[0].Name == "grpc");
        var scraper = objects.Of<V1Service>().Single(service => service.Spec.Ports[0].Name == "metrics");
        Assert.Equal(instances.Where(one => one.EndsWith("-serve", StringComparison.Ordinal)), objects.Selected(callers.Spec.Selector));
        Assert.Equal(instances, objects.Selected(scraper.Spec.Selector));
        Assert.All([callers, scraper], service => Assert.Equal("None", service.Spec.ClusterIP));
        Assert.Equal((null, true), (callers.Spec.PublishNotReadyAddresses, scraper.Spec.PublishNotReadyAddresses));
        Assert.Equal(PortsOf(name, isServing: true), callers.Spec.Ports.Concat(scraper.Spec.Ports).Select(port => port.Name).OrderBy(port => port == "http"));
        foreach (var deployment in objects.Deployments)
        {
            var ports = Assert.Single(deployment.Spec.Template.Spec.Containers).Ports.ToDictionary(port => port.Name, port => port.ContainerPort);
            Assert.Equal(PortsOf(name, isServing: deployment.Name().EndsWith("-serve", StringComparison.Ordinal)), ports.Keys);
            Assert.All(callers.Spec.Ports.Concat(scraper.Spec.Ports).Where(port => ports.ContainsKey(port.Name)), port => Assert.Equal(ports[port.TargetPort.Value], port.Port));
        }
    }

    [Theory]
    [MemberData(nameof(Settings))]
    public void Each_deployment_selects_its_own_pods_and_has_a_disruption_budget_that_lets_nodes_be_drained(string name)
    {
        var objects = Read(name);
        foreach (var deployment in objects.Deployments)
        {
            Assert.Equal([deployment.Name()], objects.Selected(deployment.Spec.Selector.MatchLabels));
            var budget = objects.Of<V1PodDisruptionBudget>().Single(one => one.Name() == deployment.Name());
            Assert.Equal([deployment.Name()], objects.Selected(budget.Spec.Selector.MatchLabels));
            Assert.NotEqual("0", budget.Spec.MaxUnavailable.Value);
        }
    }

    [Fact]
    public void Roles_are_in_one_pod_or_apart()
    {
        Assert.Equal(["serve: serve, feed"], Roles(ChartSetting.Smallest));
        Assert.Equal(["feed: feed", "serve: serve"], Roles(ChartSetting.Apart));
    }

    [Fact]
    public void The_scaler_scales_what_serves_and_nobody_else_says_how_many()
    {
        var objects = new RenderedObjects(ChartSetting.Production);
        var scaler = Assert.Single(objects.Of<V2HorizontalPodAutoscaler>());
        var deployment = Assert.Single(objects.Deployments);
        Assert.Equal(("apps/v1", "Deployment", deployment.Name()), (scaler.Spec.ScaleTargetRef.ApiVersion, scaler.Spec.ScaleTargetRef.Kind, scaler.Spec.ScaleTargetRef.Name));
        Assert.Null(deployment.Spec.Replicas);
        Assert.Equal((3, 4), (scaler.Spec.MinReplicas, scaler.Spec.MaxReplicas));
    }

    [Fact]
    public void The_policy_lets_callers_to_grpc_and_the_scraper_to_metrics_and_instances_to_names_and_stores()
    {
        var objects = new RenderedObjects(ChartSetting.Production);
        var policy = objects.Of<V1NetworkPolicy>().Single(one => one.Metadata.Annotations is null).Spec;
        Assert.Equal(objects.Deployments.Select(one => one.Name()), objects.Selected(policy.PodSelector.MatchLabels));
        Assert.Equal(["Ingress", "Egress"], policy.PolicyTypes);
        Assert.Equal(["grpc", "metrics"], policy.Ingress.Select(rule => Assert.Single(rule.Ports).Port.Value));
        Assert.Equal("true", Assert.Single(policy.Ingress[0].FromProperty).PodSelector.MatchLabels["consent-service/caller"]);
        Assert.Equal("monitoring", Assert.Single(policy.Ingress[1].FromProperty).NamespaceSelector.MatchLabels["kubernetes.io/metadata.name"]);
        Assert.Equal(["53", "53", "5432", "6379", "4317"], policy.Egress.SelectMany(rule => rule.Ports).Select(port => port.Port.Value));
        Assert.Equal("10.20.0.0/24", Assert.Single(policy.Egress[1].To).IpBlock.Cidr);
        Assert.Empty(new RenderedObjects(ChartSetting.Mesh).Of<V1NetworkPolicy>());
    }

    [Fact]
    public void Callers_are_let_to_HTTP_and_JSON_where_it_is()
    {
        var objects = new RenderedObjects(ChartSetting.Apart);
        var policy = objects.Of<V1NetworkPolicy>().Single(one => one.Metadata.Annotations is null).Spec;
        Assert.Equal(["grpc", "http"], policy.Ingress[0].Ports.Select(port => port.Port.Value));
        Assert.Equal(["tls", "https"], objects.Of<V1Service>().Single(service => service.Spec.Ports[0].Name == "grpc").Spec.Ports.Select(port => port.AppProtocol));
    }

    [Fact]
    public void What_monitors_is_what_the_repository_has()
    {
        var objects = new RenderedObjects(ChartSetting.Production);
        var rules = RenderedFiles.Split(RenderedFiles.Read(ChartSetting.Production)).Select(YamlJson.Read).Single(one => (string?)one!["kind"] == "PrometheusRule");
        Assert.Equal(YamlJson.Read(File.ReadAllText(Repository.Alerts))!.ToJsonString(), rules!["spec"]!.ToJsonString());
        var dashboard = objects.Of<V1ConfigMap>().Single(map => map.Name().EndsWith("-dashboard", StringComparison.Ordinal));
        Assert.Equal(File.ReadAllText(Repository.Dashboard).TrimEnd(), dashboard.Data["consent.json"].TrimEnd());
        Assert.Equal("1", dashboard.Metadata.Labels["grafana_dashboard"]);

        var monitor = Assert.Single(objects.Of<ServiceMonitor>());
        var endpoint = Assert.Single(monitor.Spec.Endpoints);
        var service = Assert.Single(objects.Of<V1Service>(), one => monitor.Spec.Selector.MatchLabels.All(label => one.Metadata.Labels.TryGetValue(label.Key, out var value) && value == label.Value));
        Assert.Equal((service.Spec.Ports.Single().Name, "/metrics"), (endpoint.Port, endpoint.Path));
        // The alerts ask for this job.
        Assert.Contains("job=\"consent\"", File.ReadAllText(Repository.Alerts), StringComparison.Ordinal);
        Assert.Equal(("job", "consent"), (Assert.Single(endpoint.Relabelings).TargetLabel, endpoint.Relabelings[0].Replacement));
    }

    /// <summary>HTTP and JSON is on in one setting, and never where nothing is answered.</summary>
    private static string[] PortsOf(string setting, bool isServing) =>
        isServing && setting == ChartSetting.Apart.Name ? ["grpc", "metrics", "http"] : ["grpc", "metrics"];

    private static RenderedObjects Read(string name) => new(ChartSetting.All.Single(setting => setting.Name == name));

    private static IEnumerable<string> Roles(ChartSetting setting)
    {
        var objects = new RenderedObjects(setting);
        return objects.Deployments.Select(one => one.Spec.Template.Spec.Containers.Single())
            .Select(container => $"{container.Name}: {string.Join(", ", PodSettings.Read(objects, container).Roles)}").Order(StringComparer.Ordinal);
    }
}
