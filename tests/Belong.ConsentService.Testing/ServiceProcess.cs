using System.Globalization;
using Belong.ConsentService.Testing.Hosts;

namespace Belong.ConsentService.Testing;

/// <summary>An instance of the service as a process of its own, on free ports of the loopback address, to be held and killed.</summary>
public sealed class ServiceProcess : IAsyncDisposable
{
    private const int Attempts = 3;

    private readonly LocalHost _host;
    private readonly LocalCommand _command;

    private ServiceProcess(LocalHost host, LocalCommand command, int grpcPort, int metricsPort)
    {
        _host = host;
        _command = command;
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
    public static Task<ServiceProcess> StartAsync(string program, IReadOnlyList<string> settings, CancellationToken cancellation = default) =>
        StartAsync(program, settings, new Dictionary<string, string>(), cancellation);

    /// <summary>The same, with settings in the environment too, as Kubernetes gives them.</summary>
    /// <param name="environment">Such as <c>Consent__Redis__Prefix</c>.</param>
    public static async Task<ServiceProcess> StartAsync(
        string program, IReadOnlyList<string> settings, IReadOnlyDictionary<string, string> environment, CancellationToken cancellation = default)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await TryStartAsync(program, settings, environment, cancellation);
            }
            catch (InvalidOperationException) when (attempt < Attempts)
            {
                // Another process took a port between finding and using it.
            }
        }
    }

    /// <summary>By which the kernel knows it.</summary>
    public int ProcessId => _host.ProcessId;

    /// <summary>What it writes to its console.</summary>
    public string LogFile => _command.LogFile;

    /// <exception cref="InvalidOperationException">It has ended; tells the end of its log.</exception>
    public void ThrowIfDead() => _host.ThrowIfDead();

    /// <summary>The memory it has now, as the kernel counts it.</summary>
    public long ReadResidentBytes() => _host.ReadResidentBytes();

    /// <summary>The most memory it has had, as the kernel counts it.</summary>
    public long ReadPeakBytes() => _host.ReadPeakBytes();

    /// <summary>How long it has kept processors busy since it was started, as the kernel counts it.</summary>
    public TimeSpan ReadProcessorTime() => _host.ReadProcessorTime();

    /// <summary>It stands still; its connections stay open.</summary>
    public Task PauseAsync(CancellationToken cancellation = default) => _host.PauseAsync(cancellation);

    public Task ResumeAsync(CancellationToken cancellation = default) => _host.ResumeAsync(cancellation);

    public Task KillAsync(CancellationToken cancellation = default) => _host.KillAsync(cancellation);

    /// <summary>Sends SIGTERM and waits until it has ended.</summary>
    /// <returns>Its exit code.</returns>
    public Task<int> TerminateAsync(CancellationToken cancellation = default) => _host.TerminateAsync(cancellation);

    /// <summary>Starts it again on the same ports; returns when it says that it is ready.</summary>
    public async Task StartAgainAsync(CancellationToken cancellation = default)
    {
        await _host.StartAgainAsync(cancellation);
        await Waiting.UntilReadyAsync(_host, RequireReadyAsync, cancellation);
    }

    /// <summary>Copies what it has logged.</summary>
    public void CopyLog(string file) => File.Copy(_command.LogFile, file, overwrite: true);

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    private static async Task<ServiceProcess> TryStartAsync(
        string program, IReadOnlyList<string> settings, IReadOnlyDictionary<string, string> environment, CancellationToken cancellation)
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
        var command = new LocalCommand(User: null, folder, words) { Environment = environment };
        var service = new ServiceProcess(await LocalHost.StartAsync(command), command, grpcPort, metricsPort);
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

    private static Uri Loopback(int port) => new UriBuilder(Uri.UriSchemeHttp, "127.0.0.1", port).Uri;

    private async Task RequireReadyAsync(CancellationToken cancellation)
    {
        using var http = new HttpClient();
        (await http.GetAsync(new Uri(MetricsAddress, "/healthz/ready"), cancellation)).EnsureSuccessStatusCode();
    }
}
