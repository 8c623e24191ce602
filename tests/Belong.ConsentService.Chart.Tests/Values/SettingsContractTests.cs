using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using Belong.ConsentService.Chart.Tests.Objects;
using Belong.ConsentService.Chart.Tests.Reading;
using Belong.ConsentService.Chart.Tests.Rendering;
using Belong.ConsentService.Hosting;
using Microsoft.Extensions.Configuration;

namespace Belong.ConsentService.Chart.Tests.Values;

/// <summary>The chart knows the settings that the service has, with the bounds that the service has.</summary>
public sealed class SettingsContractTests
{
    /// <summary>Bounds that the schema states alone: the service takes any number.</summary>
    private static readonly HashSet<string> Unbounded =
    [
        "Registry:MaxAttempts", "Registry:MaxMemberFactsBytes", "Registry:MaxImportMembers", "Registry:ImportStatementTimeoutSeconds",
        "Registry:MaxVendors", "Registry:MaxPolicyVersions", "Registry:MaxDeterminations",
    ];

    /// <summary>Of the three of access.jwt that have a sound default, nobody has asked.</summary>
    private static readonly string[] LeftToTheService = ["Access:Jwt:ClockSkewSeconds", "Access:Jwt:MaxKeysAgeSeconds", "Access:Jwt:RefreshSeconds"];

    /// <summary>The loosest values of those that bound others.</summary>
    private static readonly Dictionary<string, string?> Base = new()
    {
        ["Consent:Postgres:ConnectionString"] = "Host=localhost",
        ["Consent:Redis:Configuration"] = "localhost:6379",
        ["Consent:Feed:MinBackoffMs"] = "1",
        ["Consent:Feed:MaxBackoffMs"] = "600000",
        ["Consent:Freshness:SensitiveBoundMs"] = "1000",
        ["Consent:Freshness:OtherBoundMs"] = "86400000",
    };

    [Fact]
    public void Every_setting_is_rendered_by_a_value_of_its_own_or_is_one_of_the_values_named_settings()
    {
        var free = FreeSettings().Select(setting => setting.Path).ToList();
        var rendered = ChartSetting.All.Select(setting => new RenderedObjects(setting))
            .SelectMany(objects => objects.Pods.SelectMany(one => PodSettings.Variables(objects, one.Pod.Spec.Containers[0]).Keys))
            .Where(name => name.StartsWith("Consent__", StringComparison.Ordinal))
            .Select(name => name["Consent__".Length..].Replace("__", ":", StringComparison.Ordinal))
            .Select(name => name.StartsWith("Roles:", StringComparison.Ordinal) ? "Roles" : name)
            .Append("Access:AllowEverybodyToDoEverything"); // Rendered by no setting: it is for trying.
        Assert.Equal(
            PathsOf(typeof(ConsentSettings), "").Except(LeftToTheService).Order(StringComparer.Ordinal),
            free.Concat(rendered).Append("Access:Jwt:KeysUrl").Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_bounds_of_the_schema_are_those_of_the_service()
    {
        var bounded = FreeSettings().Where(setting => setting.Schema["minimum"] is not null && (string?)setting.Schema["type"] == "integer").ToList();
        Assert.True(bounded.Count > 30);
        foreach (var (path, schema) in bounded)
        {
            var (least, most) = ((long)schema["minimum"]!, (long)schema["maximum"]!);
            Assert.True(IsTaken(path, least) && IsTaken(path, most), $"The service refuses what the schema allows of {path}");
            Assert.True(Unbounded.Contains(path) || (!IsTaken(path, least - 1) && !IsTaken(path, most + 1)), $"The schema is narrower than the service for {path}");
        }

        Assert.Empty(Unbounded.Except(bounded.Select(setting => setting.Path)));
    }

    private static bool IsTaken(string path, long value)
    {
        var values = new Dictionary<string, string?>(Base) { [$"Consent:{path}"] = value.ToString(CultureInfo.InvariantCulture) };
        try
        {
            ConsentHost.ReadSettings(new ConfigurationBuilder().AddInMemoryCollection(values).Build());
            return true;
        }
        catch (InvalidSettingsException e)
        {
            Assert.All(e.Errors, error => Assert.StartsWith($"Consent:{path} ", error, StringComparison.Ordinal));
            return false;
        }
    }

    private static IEnumerable<(string Path, JsonObject Schema)> FreeSettings() =>
        Leaves(JsonNode.Parse(File.ReadAllText(Repository.Schema))!["properties"]!["settings"]!.AsObject(), "");

    private static IEnumerable<(string Path, JsonObject Schema)> Leaves(JsonObject schema, string path)
    {
        foreach (var (name, inner) in schema["properties"]!.AsObject())
        {
            var own = path.Length == 0 ? name : $"{path}:{name}";
            foreach (var leaf in inner!["properties"] is null ? [(own, inner.AsObject())] : Leaves(inner.AsObject(), own))
            {
                yield return leaf;
            }
        }
    }

    private static IEnumerable<string> PathsOf(Type type, string path)
    {
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite))
        {
            var own = path.Length == 0 ? property.Name : $"{path}:{property.Name}";
            var kind = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            var isLeaf = kind == typeof(string) || kind.IsPrimitive || kind.IsArray;
            foreach (var leaf in isLeaf ? [own] : PathsOf(kind, own))
            {
                yield return leaf;
            }
        }
    }
}
