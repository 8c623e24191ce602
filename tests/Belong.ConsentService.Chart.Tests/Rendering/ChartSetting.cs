namespace Belong.ConsentService.Chart.Tests.Rendering;

/// <summary>A setting that the chart is rendered in: values of charts/consent-service/ci, and the kinds that the cluster has.</summary>
/// <param name="Name">Of the file of values, and of what is rendered.</param>
/// <param name="Release">The name of the release.</param>
/// <param name="Kinds">Beside those of Kubernetes itself.</param>
public sealed record ChartSetting(string Name, string Release, params string[] Kinds)
{
    public const string Namespace = "consent";

    /// <summary>Nothing is given but what must be.</summary>
    public static readonly ChartSetting Smallest = new("smallest", "consent-service");

    /// <summary>Redis Cluster, TLS, client certificates, tokens, autoscaling, and monitoring.</summary>
    public static readonly ChartSetting Production =
        new("production", "consent", "monitoring.coreos.com/v1/ServiceMonitor", "monitoring.coreos.com/v1/PrometheusRule");

    /// <summary>Serve and feed in Deployments of their own.</summary>
    public static readonly ChartSetting Apart = new("apart", "consent-service", "monitoring.coreos.com/v1/PrometheusRule");

    /// <summary>Behind a mesh; all monitoring is wanted, and its kinds are absent.</summary>
    public static readonly ChartSetting Mesh = new("mesh", "dm-consent-service");

    public static readonly IReadOnlyList<ChartSetting> All = [Smallest, Production, Apart, Mesh];

    public string ValuesFile => Path.Combine(Repository.Chart, "ci", $"{Name}.yaml");

    public override string ToString() => Name;
}
