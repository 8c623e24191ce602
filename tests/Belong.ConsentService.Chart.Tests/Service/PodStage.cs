using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Belong.ConsentService.Chart.Tests.Objects;
using Belong.ConsentService.Chart.Tests.Reading;
using Belong.ConsentService.Chart.Tests.Rendering;
using Belong.ConsentService.Testing;
using Belong.ConsentService.Testing.Hosts;
using Belong.ConsentService.Tests.Access;
using k8s.Models;

namespace Belong.ConsentService.Chart.Tests.Service;

/// <summary>
/// Runs the containers of a setting as processes: variables from the image, the rendered ConfigMap, literals and Secrets, files
/// of Secrets where they are mounted, below a folder. The Secrets are those that the chart's README asks for, and lead to real servers.
/// </summary>
internal sealed class PodStage : IAsyncDisposable
{
    public const string Key = "key-of-the-test";

    private readonly string _folder = Directory.CreateTempSubdirectory("pod").FullName;
    private readonly string _prefix = RedisServer.CreatePrefix();
    private readonly List<ServiceProcess> _processes = [];
    private readonly Dictionary<string, Dictionary<string, string>> _secrets = [];

    private PodStage(ChartSetting setting) => Objects = new RenderedObjects(setting);

    public RenderedObjects Objects { get; }

    public Certificates Certificates { get; } = new();

    public Issuer Issuer { get; } = new();

    public string Database { get; private set; } = "";

    /// <summary>HTTP and JSON, of the pod that was last started, if it has the port.</summary>
    public Uri? HttpAddress { get; private set; }

    public static string Grants => $$"""
        {"version": 1, "callers": [{"name": "caller", "keys_sha256": ["{{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Key)))}}"],
          "certificate_names": ["dns:caller.example"], "jwt_subjects": ["shop-1"], "rpcs": ["GetServerInfo"]}]}
        """;

    private static string Program => Path.Combine(AppContext.BaseDirectory, "Belong.ConsentService.dll");

    /// <param name="redis">As the Secret has it; without it a server of the tests.</param>
    public static async Task<PodStage> CreateAsync(ChartSetting setting, string? redis = null)
    {
        var stage = new PodStage(setting) { Database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync() };
        using var server = stage.Certificates.Server();
        stage._secrets["consent-postgres"] = new() { ["service"] = stage.Database, ["owner"] = stage.Database, ["feed"] = stage.Database };
        stage._secrets["consent-redis"] = new() { ["configuration"] = redis ?? (await RedisServer.SharedAsync()).Endpoint };
        stage._secrets["consent-tls"] = new() { ["tls.crt"] = server.ExportCertificatePem(), ["tls.key"] = server.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem() };
        stage._secrets["consent-client-ca"] = new() { ["ca.crt"] = stage.Certificates.Root.ExportCertificatePem() };
        stage._secrets["consent-stores-ca"] = new() { ["ca.crt"] = stage.Certificates.Root.ExportCertificatePem() };
        stage._secrets["consent-grants"] = new() { ["grants.json"] = Grants };
        stage._secrets["consent-jwks"] = new() { ["jwks.json"] = stage.Issuer.Jwks() };
        return stage;
    }

    /// <summary>The job, to its end.</summary>
    public async Task MigrateAsync()
    {
        var pod = Objects.Migration!.Spec.Template.Spec;
        var container = Assert.Single(pod.Containers);
        var folder = Directory.CreateDirectory(Path.Combine(_folder, "migrate")).FullName;
        await new LocalCommand(User: null, folder, ["dotnet", Program, .. container.Args]) { Environment = Mount(pod, container) }.RunAsync(default);
    }

    /// <summary>A pod of the deployment, until it says that it is ready.</summary>
    public async Task<ServiceProcess> StartAsync(string component)
    {
        var pod = Container(component).Pod;
        var container = Container(component).Container;
        Assert.Null(container.Command);
        Assert.Null(container.Args);
        var variables = Mount(pod, container);
        if (variables.ContainsKey("Consent__Access__Jwt__KeysUrl"))
        {
            variables["Consent__Access__Jwt__KeysUrl"] = "http://127.0.0.1:1/jwks.json"; // Nobody on this machine.
        }

        HttpAddress = null;
        if (variables.ContainsKey("Consent__Listen__HttpPort"))
        {
            // Another than the rendered one, as the others of a process are.
            HttpAddress = new UriBuilder(Uri.UriSchemeHttps, "127.0.0.1", LoopbackPort.FindFree()).Uri;
            variables["Consent__Listen__HttpPort"] = HttpAddress.Port.ToString(CultureInfo.InvariantCulture);
        }

        var process = await ServiceProcess.StartAsync(Program, [$"Consent:Redis:Prefix={_prefix}"], variables);
        _processes.Add(process);
        return process;
    }

    public (V1PodSpec Pod, V1Container Container) Container(string component)
    {
        var pod = Objects.Deployments.Single(one => one.Spec.Template.Metadata.Labels["app.kubernetes.io/component"] == component).Spec.Template.Spec;
        return (pod, Assert.Single(pod.Containers));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }

        Issuer.Dispose();
        Certificates.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <returns>The variables, with the paths of what is mounted where it lies here.</returns>
    private Dictionary<string, string> Mount(V1PodSpec pod, V1Container container)
    {
        var variables = ImageFile.Variables;
        foreach (var (name, value) in PodSettings.Variables(Objects, container, (secret, key) => _secrets[secret][key]))
        {
            variables[name] = value;
        }

        foreach (var mount in container.VolumeMounts)
        {
            if (pod.Volumes.Single(volume => volume.Name == mount.Name).Secret is not { } secret)
            {
                continue;
            }

            var here = Directory.CreateDirectory(_folder + mount.MountPath).FullName;
            foreach (var item in secret.Items)
            {
                File.WriteAllText(Path.Combine(here, item.Path), _secrets[secret.SecretName][item.Key]);
            }

            foreach (var (name, value) in variables.Where(entry => entry.Value.StartsWith(mount.MountPath + '/', StringComparison.Ordinal)).ToList())
            {
                variables[name] = _folder + value;
            }
        }

        return variables;
    }
}
