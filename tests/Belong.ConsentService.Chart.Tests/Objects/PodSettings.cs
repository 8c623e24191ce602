using Belong.ConsentService.Chart.Tests.Reading;
using Belong.ConsentService.Hosting;
using k8s.Models;
using Microsoft.Extensions.Configuration;

namespace Belong.ConsentService.Chart.Tests.Objects;

/// <summary>What a container has in its environment, as the kubelet puts it together.</summary>
internal static class PodSettings
{
    /// <summary>Stands for what a Secret holds where its value does not matter.</summary>
    private static readonly Dictionary<string, string> Sound = new()
    {
        ["Consent__Postgres__ConnectionString"] = "Host=localhost;Database=consent",
        ["Consent__Postgres__FeedConnectionString"] = "Host=localhost;Database=consent",
        ["Consent__Redis__Configuration"] = "localhost:6379",
    };

    /// <summary>Variables; a value of a Secret is asked for by the names of the Secret and of its key.</summary>
    public static Dictionary<string, string> Variables(RenderedObjects objects, V1Container container, Func<string, string, string>? secret = null)
    {
        var variables = new Dictionary<string, string>();
        foreach (var source in container.EnvFrom ?? [])
        {
            foreach (var (name, value) in objects.Of<V1ConfigMap>().Single(map => map.Name() == source.ConfigMapRef.Name).Data)
            {
                variables.Add(name, value);
            }
        }

        foreach (var variable in container.Env)
        {
            variables.Add(variable.Name, variable.Value ?? Resolve(variable, secret));
        }

        return variables;
    }

    /// <summary>As the service reads them; throws where it would not start.</summary>
    public static ConsentSettings Read(RenderedObjects objects, V1Container container)
    {
        var entries = Variables(objects, container).Select(entry => KeyValuePair.Create(entry.Key.Replace("__", ":", StringComparison.Ordinal), (string?)entry.Value));
        return ConsentHost.ReadSettings(new ConfigurationBuilder().AddInMemoryCollection(entries).Build());
    }

    private static string Resolve(V1EnvVar variable, Func<string, string, string>? secret)
    {
        var reference = variable.ValueFrom.SecretKeyRef;
        return secret is null ? Sound[variable.Name] : secret(reference.Name, reference.Key);
    }
}
