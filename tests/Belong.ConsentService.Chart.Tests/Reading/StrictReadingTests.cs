using Belong.ConsentService.Chart.Tests.Rendering;

namespace Belong.ConsentService.Chart.Tests.Reading;

/// <summary>Every object of every setting is one of Kubernetes as the types of its client library know it.</summary>
public sealed class StrictReadingTests
{
    private static readonly string[] Common =
    [
        "ConfigMap consent-service", "Deployment consent-service-serve", "Job consent-service-migrate", "NetworkPolicy consent-service",
        "NetworkPolicy consent-service-migrate", "PodDisruptionBudget consent-service-serve", "Service consent-service",
        "Service consent-service-metrics", "ServiceAccount consent-service",
    ];

    [Fact]
    public void The_smallest_setting_has_these_objects() => Assert.Equal(Common, NamesOf(ChartSetting.Smallest));

    [Fact]
    public void Production_scales_itself_and_is_monitored() => Assert.Equal(
        Sort([
            .. Common.Select(name => name.Replace(" consent-service", " consent-consent-service", StringComparison.Ordinal)),
            "ConfigMap consent-consent-service-dashboard", "HorizontalPodAutoscaler consent-consent-service-serve",
            "PrometheusRule consent-consent-service", "ServiceMonitor consent-consent-service",
        ]),
        NamesOf(ChartSetting.Production));

    [Fact]
    public void Apart_there_is_a_deployment_and_a_budget_more_and_of_monitoring_only_the_kind_that_the_cluster_has() => Assert.Equal(
        Sort([.. Common, "Deployment consent-service-feed", "PodDisruptionBudget consent-service-feed", "PrometheusRule consent-service"]),
        NamesOf(ChartSetting.Apart));

    [Fact]
    public void Without_kinds_of_monitoring_none_of_it_is_rendered() => Assert.Equal(
        [
            "ConfigMap dm-consent-service", "Deployment dm-consent-service-serve", "PodDisruptionBudget dm-consent-service-serve",
            "Service dm-consent-service", "Service dm-consent-service-metrics",
        ],
        NamesOf(ChartSetting.Mesh));

    /// <summary>What would be overlooked by Kubernetes, or refused only when it is installed.</summary>
    [Theory]
    [InlineData("kind: Deployment", "spec:", "sepc:")]
    [InlineData("kind: Deployment", "  replicas: 2", "  replica: 2")]
    [InlineData("kind: Deployment", "terminationGracePeriodSeconds:", "terminationGracePeriod:")]
    [InlineData("kind: Deployment", "readOnlyRootFilesystem:", "readOnlyRootFileSystem:")]
    [InlineData("kind: Deployment", "periodSeconds: 10", "periodSecond: 10")]
    [InlineData("kind: Deployment", "sleep: { seconds: 5 }", "sleep: { second: 5 }")]
    [InlineData("kind: Deployment", "secretKeyRef: { name:", "secretKeyRef: { secret:")]
    [InlineData("kind: Deployment", "maxSkew: 1", "maxSkew: one")]
    [InlineData("kind: Deployment", "value: serve", "value: 1")]
    [InlineData("kind: Deployment", "value: serve", "value: yes")]
    [InlineData("kind: Deployment", "containerPort: 5080", "containerPort: \"5080\"")]
    [InlineData("kind: Deployment", "enableServiceLinks: false", "enableServiceLinks: false\n      enableServiceLinks: true")]
    [InlineData("kind: Deployment", "apiVersion: apps/v1", "apiVersion: apps/v1beta1")]
    [InlineData("kind: Job", "activeDeadlineSeconds:", "activeDeadlineSecond:")]
    [InlineData("kind: ConfigMap", "Consent__Listen__GrpcPort: \"5080\"", "Consent__Listen__GrpcPort: 5080")]
    [InlineData("kind: NetworkPolicy", "podSelector:", "podSelectors:")]
    [InlineData("kind: PodDisruptionBudget", "maxUnavailable:", "maxUnavailble:")]
    [InlineData("kind: Service\n", "publishNotReadyAddresses:", "publishNotReady:")]
    [InlineData("kind: HorizontalPodAutoscaler", "averageUtilization:", "averageUtilisation:")]
    [InlineData("kind: ServiceMonitor", "targetLabel:", "targetLabels:")]
    [InlineData("kind: PrometheusRule", "annotations:", "annotation:")]
    public void A_field_that_is_not_there_is_refused_at_any_depth(string kind, string right, string wrong)
    {
        var setting = kind is "kind: Deployment" ? ChartSetting.Smallest : ChartSetting.Production;
        var document = RenderedFiles.Split(RenderedFiles.Read(setting)).First(one => one.Contains(kind, StringComparison.Ordinal) && one.Contains(right, StringComparison.Ordinal));
        StrictReader.Read(document);
        Assert.ThrowsAny<Exception>(() => StrictReader.Read(ReplaceFirst(document, right, wrong)));
    }

    /// <summary>What is not quoted in YAML may become a number, a truth value or nothing.</summary>
    [Fact]
    public async Task Names_that_look_like_something_else_stay_names()
    {
        const string values = """
            {"image": {"repository": "a/b", "tag": "1e3"}, "fullnameOverride": "on", "nameOverride": "y", "imagePullSecrets": [{"name": "12"}],
             "postgres": {"secret": "1e3", "connectionStringKey": "true", "feedConnectionStringKey": "0x1f"}, "migrate": {"secret": "0x1f", "connectionStringKey": "off"},
             "redis": {"secret": "null", "configurationKey": "1"}, "tls": {"secret": "123"}, "access": {"grantsSecret": "yes", "grantsKey": "1.5"},
             "storesCa": {"secret": "0123", "key": "12"}, "serviceAccount": {"name": "123"}, "priorityClassName": "false", "settings": {"Redis": {"Prefix": "1e3"}},
             "podLabels": {"a": "1"}, "podAnnotations": {"b": "true"}, "nodeSelector": {"c": "yes"}, "tolerations": [{"key": "1", "operator": "Equal", "value": "no"}]}
            """;
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, values);
            foreach (var renderer in ChartRenderer.All)
            {
                var (code, output, errors) = await renderer.RenderAsync(ChartSetting.Production with { Release = "123" }, file);
                Assert.True(code == 0, errors);
                var objects = RenderedFiles.Split(RenderedFiles.Normalise(output)).Select(StrictReader.Read).ToList();
                Assert.Equal(12, objects.Count);
                Assert.All(objects, one => Assert.Equal("123", one.Metadata.Labels["app.kubernetes.io/instance"]));
            }
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string ReplaceFirst(string text, string old, string by)
    {
        var at = text.IndexOf(old, StringComparison.Ordinal);
        return string.Concat(text.AsSpan(0, at), by, text.AsSpan(at + old.Length));
    }

    private static IEnumerable<string> NamesOf(ChartSetting setting) =>
        Sort(new RenderedObjects(setting).Objects.Select(one => $"{one.Kind} {one.Metadata.Name}"));

    private static IEnumerable<string> Sort(IEnumerable<string> names) => names.Order(StringComparer.Ordinal);
}
