using System.Globalization;
using Belong.ConsentService.Chart.Tests.Reading;
using Belong.ConsentService.Chart.Tests.Rendering;
using k8s.Models;

namespace Belong.ConsentService.Chart.Tests.Objects;

/// <summary>What every pod of every setting must be.</summary>
public sealed class PodTests
{
    /// <summary>Of the users of .NET's images; the image runs as it.</summary>
    private const int UserId = 1654;

    /// <summary>docs/operations.md: what an instance takes at most to end, besides its drain.</summary>
    private const int StopSeconds = 15;

    public static TheoryData<string> Settings => RenderingTests.Settings;

    [Theory]
    [MemberData(nameof(Settings))]
    public void No_pod_can_do_more_than_it_needs(string name)
    {
        foreach (var (_, pod) in Read(name).Pods)
        {
            var security = pod.Spec.SecurityContext;
            Assert.Equal((true, UserId, UserId, UserId), (security.RunAsNonRoot, security.RunAsUser, security.RunAsGroup, security.FsGroup));
            Assert.Equal("RuntimeDefault", security.SeccompProfile.Type);
            Assert.False(pod.Spec.AutomountServiceAccountToken);
            Assert.False(pod.Spec.EnableServiceLinks);
            Assert.Null(pod.Spec.HostNetwork);
            var container = Assert.Single(pod.Spec.Containers).SecurityContext;
            Assert.Equal((false, true), (container.AllowPrivilegeEscalation, container.ReadOnlyRootFilesystem));
            Assert.Equal(["ALL"], container.Capabilities.Drop);
            Assert.Null(container.Capabilities.Add);
            Assert.Null(container.Privileged);
        }
    }

    [Theory]
    [MemberData(nameof(Settings))]
    public void The_grace_is_longer_than_the_sleep_before_the_end_and_the_drain_and_the_stop(string name)
    {
        var objects = Read(name);
        foreach (var deployment in objects.Deployments)
        {
            var pod = deployment.Spec.Template.Spec;
            var container = Assert.Single(pod.Containers);
            // By the kubelet: the image has no shell to run a command of.
            Assert.Null(container.Lifecycle?.PreStop?.Exec);
            var sleep = container.Lifecycle?.PreStop?.Sleep?.Seconds ?? 0;
            var settings = PodSettings.Read(objects, container);
            Assert.True(
                pod.TerminationGracePeriodSeconds * 1000 > (sleep + StopSeconds) * 1000 + settings.DrainMs,
                $"{deployment.Name()} is given {pod.TerminationGracePeriodSeconds} s, sleeps {sleep} s, drains {settings.DrainMs} ms");
        }
    }

    [Fact]
    public void A_longer_drain_makes_the_grace_longer_by_itself()
    {
        Assert.Equal(30, Grace(ChartSetting.Smallest));
        Assert.Equal(5 + 16 + 20, Grace(ChartSetting.Production));
        Assert.Equal(60, Grace(ChartSetting.Apart));
        Assert.Equal(25, Grace(ChartSetting.Mesh));
    }

    [Theory]
    [MemberData(nameof(Settings))]
    public void Each_file_that_a_setting_names_is_mounted_of_a_secret_as_a_whole_folder(string name)
    {
        foreach (var (_, pod) in Read(name).Pods)
        {
            var container = Assert.Single(pod.Spec.Containers);
            Assert.Equal(pod.Spec.Volumes.Select(volume => volume.Name).Order(StringComparer.Ordinal), container.VolumeMounts.Select(mount => mount.Name).Order(StringComparer.Ordinal));
            // A file alone (subPath) would never be renewed, and the service would go on with old grants and certificates.
            Assert.All(container.VolumeMounts, mount => Assert.Null(mount.SubPath));
            Assert.All(container.VolumeMounts, mount => Assert.Equal(mount.Name != "tmp", mount.ReadOnlyProperty ?? false));
            foreach (var file in PodSettings.Variables(Read(name), container).Values.Where(value => value.StartsWith('/')))
            {
                var mount = Assert.Single(container.VolumeMounts, mount => file.StartsWith(mount.MountPath + '/', StringComparison.Ordinal));
                var secret = pod.Spec.Volumes.Single(volume => volume.Name == mount.Name).Secret;
                Assert.Contains(secret.Items, item => $"{mount.MountPath}/{item.Path}" == file);
                Assert.Equal(Convert.ToInt32("0440", 8), secret.DefaultMode);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Settings))]
    public void What_is_secret_is_a_reference_and_no_secret_is_rendered(string name)
    {
        var objects = Read(name);
        Assert.Empty(objects.Of<V1Secret>());
        foreach (var variable in objects.Pods.SelectMany(one => one.Pod.Spec.Containers).SelectMany(container => container.Env))
        {
            var isSecret = variable.Name.Contains("ConnectionString", StringComparison.Ordinal) || (variable.Name == "Consent__Redis__Configuration" && variable.Value != "127.0.0.1:6379");
            Assert.Equal(isSecret, variable.ValueFrom?.SecretKeyRef is not null);
            Assert.Equal(isSecret, variable.Value is null);
        }

        Assert.DoesNotContain(objects.Of<V1ConfigMap>().SelectMany(map => map.Data), entry =>
            entry.Key.Contains("ConnectionString", StringComparison.Ordinal) || entry.Key.Contains("Redis__Configuration", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Settings))]
    public void Other_settings_are_another_pod_and_pods_are_spread(string name)
    {
        foreach (var deployment in Read(name).Deployments)
        {
            var pod = deployment.Spec.Template;
            Assert.Matches("^[0-9a-f]{64}$", pod.Metadata.Annotations["checksum/settings"]);
            Assert.Equal(["topology.kubernetes.io/zone", "kubernetes.io/hostname"], pod.Spec.TopologySpreadConstraints.Select(spread => spread.TopologyKey));
            Assert.All(pod.Spec.TopologySpreadConstraints, spread => Assert.Equal([deployment.Name()], Read(name).Selected(spread.LabelSelector.MatchLabels)));
            Assert.Equal(["cpu", "memory"], Assert.Single(pod.Spec.Containers).Resources.Requests.Keys.Order(StringComparer.Ordinal));
            Assert.Equal(("0", "1"), (deployment.Spec.Strategy.RollingUpdate.MaxUnavailable.Value, deployment.Spec.Strategy.RollingUpdate.MaxSurge.Value));
        }

        Assert.NotEqual(Checksum(ChartSetting.Smallest), Checksum(ChartSetting.Production));
    }

    [Fact]
    public void The_migration_needs_nothing_of_the_release_and_comes_before_it()
    {
        foreach (var setting in new[] { ChartSetting.Smallest, ChartSetting.Production, ChartSetting.Apart })
        {
            var objects = new RenderedObjects(setting);
            var job = objects.Migration!;
            var policy = objects.Of<V1NetworkPolicy>().Single(one => one.Metadata.Annotations is not null);
            var (ofJob, ofPolicy) = (job.Metadata.Annotations, policy.Metadata.Annotations);
            Assert.Equal("pre-install,pre-upgrade", ofJob["helm.sh/hook"]);
            Assert.Equal("pre-install,pre-upgrade", ofPolicy["helm.sh/hook"]);
            Assert.True(int.Parse(ofPolicy["helm.sh/hook-weight"], CultureInfo.InvariantCulture) < int.Parse(ofJob["helm.sh/hook-weight"], CultureInfo.InvariantCulture));
            Assert.Equal([job.Name()], objects.Selected(policy.Spec.PodSelector.MatchLabels));
            var pod = job.Spec.Template.Spec;
            Assert.Equal("default", pod.ServiceAccountName);
            var container = Assert.Single(pod.Containers);
            Assert.Null(container.EnvFrom);
            Assert.All(pod.Volumes, volume => Assert.Null(volume.ConfigMap));
            Assert.Equal(["migrate"], container.Args);
            Assert.Null(container.Command);
            Assert.Equal(objects.Deployments.First().Spec.Template.Spec.Containers[0].Image, container.Image);
        }

        Assert.Null(new RenderedObjects(ChartSetting.Mesh).Migration);
    }

    private static RenderedObjects Read(string name) => new(ChartSetting.All.Single(setting => setting.Name == name));

    private static long? Grace(ChartSetting setting) =>
        new RenderedObjects(setting).Deployments.Select(one => one.Spec.Template.Spec.TerminationGracePeriodSeconds).Distinct().Single();

    private static string Checksum(ChartSetting setting) => new RenderedObjects(setting).Deployments.First().Spec.Template.Metadata.Annotations["checksum/settings"];
}
