using System.Globalization;
using Belong.ConsentService.Testing.Hosts;

namespace Belong.ConsentService.Testing;

/// <summary>An instance of the service as a process of its own, on free ports of the loopback address.</summary>
public sealed class ServiceProcess : IAsyncDisposable
{
    private readonly LocalHost _host;

    private ServiceProcess(LocalHost host, int grpcPort, int metricsPort)
    {
        _host = host;
        Address = Loopback(grpcPort);
        MetricsAddress = Loopback(metricsPort);
    }

    /// <summary>gRPC.</summary>
    public Uri Address { get; }

    /// <summary>Metrics and probes.</summary>
    public Uri MetricsAddress { get; }

    /// <summary>Starts it and waits until it says that it is ready.</summary>
    /// <param name="program">Belong.ConsentService.dll.</param>
    /// <param name="settings">Settings besides the ports, such as <c>Consent:Redis:Prefix=c</c>.</param>
    public static async Task<ServiceProcess> StartAsync(string program, IEnumerable<string> settings, CancellationToken cancellation = default)
    {
        var folder = await ServerFolder.CreateAsync("service", owner: null, cancellation);
        var (grpcPort, metricsPort) = (LoopbackPort.FindFree(), LoopbackPort.FindFree());
        string[] words =
        [
            "dotnet", program, "--Logging:LogLevel:Default=Warning",
            string.Create(CultureInfo.InvariantCulture, $"--Consent:Listen:GrpcPort={grpcPort}"),
            string.Create(CultureInfo.InvariantCulture, $"--Consent:Listen:MetricsPort={metricsPort}"),
            .. settings.Select(setting => $"--{setting}"),
        ];
        var service = new ServiceProcess(await LocalHost.StartAsync(new LocalCommand(User: null, folder, words)), grpcPort, metricsPort);
        try
        {
            await Waiting.UntilReadyAsync(service._host, service.RequireReadyAsync, cancellation);
            return service;
        }
        catch
        {
            await service.DisposeAsync();
            throw;
        }
    }

    /// <summary>The most memory it has had, as the kernel counts it.</summary>
    public long ReadPeakBytes() => _host.ReadPeakBytes();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    private static Uri Loopback(int port) => new UriBuilder(Uri.UriSchemeHttp, "127.0.0.1", port).Uri;

    private async Task RequireReadyAsync(CancellationToken cancellation)
    {
        using var http = new HttpClient();
        (await http.GetAsync(new Uri(MetricsAddress, "/healthz/ready"), cancellation)).EnsureSuccessStatusCode();
    }
}
