using Belong.ConsentService.Chart.Tests.Rendering;
using k8s;
using k8s.Models;

namespace Belong.ConsentService.Chart.Tests.Reading;

/// <summary>The objects of a setting, strictly read.</summary>
internal sealed class RenderedObjects
{
    public RenderedObjects(ChartSetting setting) => Objects = [.. RenderedFiles.Split(RenderedFiles.Read(setting)).Select(StrictReader.Read)];

    public IReadOnlyList<IKubernetesObject<V1ObjectMeta>> Objects { get; }

    public IEnumerable<V1Deployment> Deployments => Of<V1Deployment>();

    public V1Job? Migration => Of<V1Job>().SingleOrDefault();

    /// <summary>All pods, by the name of their object.</summary>
    public IEnumerable<(string Name, V1PodTemplateSpec Pod)> Pods =>
        [.. Deployments.Select(one => (one.Name(), one.Spec.Template)), .. Of<V1Job>().Select(one => (one.Name(), one.Spec.Template))];

    public IEnumerable<T> Of<T>() => Objects.OfType<T>();

    /// <summary>The names of the pods that the labels select.</summary>
    public IEnumerable<string> Selected(IDictionary<string, string> labels) => Pods
        .Where(one => labels.All(label => one.Pod.Metadata.Labels.TryGetValue(label.Key, out var value) && value == label.Value))
        .Select(one => one.Name).Order(StringComparer.Ordinal);
}
