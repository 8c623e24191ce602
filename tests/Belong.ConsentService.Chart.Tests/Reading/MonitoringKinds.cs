using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace Belong.ConsentService.Chart.Tests.Reading;

// The kinds of the operator of Prometheus, which are not in the client library: the fields of them that the chart may use.

/// <summary>monitoring.coreos.com/v1.</summary>
public sealed class ServiceMonitor : IKubernetesObject<V1ObjectMeta>
{
    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = "";

    [JsonPropertyName("kind")]
    public string Kind { get; set; } = "";

    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = null!;

    [JsonPropertyName("spec")]
    public ServiceMonitorSpec Spec { get; set; } = null!;
}

public sealed class ServiceMonitorSpec
{
    [JsonPropertyName("selector")]
    public V1LabelSelector Selector { get; set; } = null!;

    [JsonPropertyName("namespaceSelector")]
    public NamespaceSelector NamespaceSelector { get; set; } = null!;

    [JsonPropertyName("endpoints")]
    public IList<MonitorEndpoint> Endpoints { get; set; } = [];
}

public sealed class NamespaceSelector
{
    [JsonPropertyName("matchNames")]
    public IList<string> MatchNames { get; set; } = [];
}

public sealed class MonitorEndpoint
{
    [JsonPropertyName("port")]
    public string Port { get; set; } = "";

    [JsonPropertyName("path")]
    public string Path { get; set; } = "";

    [JsonPropertyName("interval")]
    public string Interval { get; set; } = "";

    [JsonPropertyName("relabelings")]
    public IList<Relabeling> Relabelings { get; set; } = [];
}

public sealed class Relabeling
{
    [JsonPropertyName("action")]
    public string Action { get; set; } = "";

    [JsonPropertyName("targetLabel")]
    public string TargetLabel { get; set; } = "";

    [JsonPropertyName("replacement")]
    public string Replacement { get; set; } = "";
}

/// <summary>monitoring.coreos.com/v1.</summary>
public sealed class PrometheusRule : IKubernetesObject<V1ObjectMeta>
{
    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = "";

    [JsonPropertyName("kind")]
    public string Kind { get; set; } = "";

    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = null!;

    [JsonPropertyName("spec")]
    public PrometheusRuleSpec Spec { get; set; } = null!;
}

public sealed class PrometheusRuleSpec
{
    [JsonPropertyName("groups")]
    public IList<RuleGroup> Groups { get; set; } = [];
}

public sealed class RuleGroup
{
    [JsonPropertyName("name")]
    public string Name { get; set; } = "";

    [JsonPropertyName("rules")]
    public IList<Rule> Rules { get; set; } = [];
}

public sealed class Rule
{
    [JsonPropertyName("record")]
    public string? Record { get; set; }

    [JsonPropertyName("alert")]
    public string? Alert { get; set; }

    [JsonPropertyName("expr")]
    public string Expr { get; set; } = "";

    [JsonPropertyName("for")]
    public string? For { get; set; }

    [JsonPropertyName("labels")]
    public IDictionary<string, string>? Labels { get; set; }

    [JsonPropertyName("annotations")]
    public IDictionary<string, string>? Annotations { get; set; }
}
