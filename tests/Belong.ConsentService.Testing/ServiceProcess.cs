using System.Globalization;
using Belong.ConsentService.Testing.Hosts;

namespace Belong.ConsentService.Testing;

/// <summary>An instance of the service as a process of its own, on fixed ports of the loopback address, to be held and killed.</summary>
public sealed class ServiceProcess : IAsyncDisposable
{
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(60);
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(2) };

    private readonly LocalHost _host;
    private readonly LocalCommand _command;

    private ServiceProcess(LocalHost host, LocalCommand command, int grpcPort, int metricsPort)
    {
        _host = host;
        _command = command;
        GrpcAddress = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{grpcPort}");
        MetricsAddress = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{metricsPort}");
    }

    public string GrpcAddress { get; }

    /// <summary>Of metrics and probes.</summary>
    public string MetricsAddress { get; }

    /// <param name="assembly">The path of Belong.ConsentService.dll.</param>
    /// <param name="settings">By the names of the environment, but for what it listens on.</param>
    public static async Task<ServiceProcess> StartAsync(string assembly, IReadOnlyDictionary<string, string> settings, CancellationToken cancellation = default)
    {
        var folder = await ServerFolder.CreateAsync("service", owner: null, cancellation);
        var (grpcPort, metricsPort) = (LoopbackPort.FindFree(), LoopbackPort.FindFree());
        string[] words =
        [
            "env",
            .. settings.Select(setting => $"{setting.Key}={setting.Value}"),
            string.Create(CultureInfo.InvariantCulture, $"Consent__Listen__GrpcPort={grpcPort}"),
            string.Create(CultureInfo.InvariantCulture, $"Consent__Listen__MetricsPort={metricsPort}"),
            "dotnet", assembly,
        ];
        var command = new LocalCommand(User: null, folder, words);
        var service = new ServiceProcess(await LocalHost.StartAsync(command), command, grpcPort, metricsPort);
        await service.WaitUntilReadyAsync(cancellation);
        return service;
    }

    public Task PauseAsync(CancellationToken cancellation = default) => _host.PauseAsync(cancellation);

    public Task ResumeAsync(CancellationToken cancellation = default) => _host.ResumeAsync(cancellation);

    public Task KillAsync(CancellationToken cancellation = default) => _host.KillAsync(cancellation);

    /// <summary>Starts it again on the same ports; returns when it says that it is ready.</summary>
    public async Task StartAgainAsync(CancellationToken cancellation = default)
    {
        await _host.StartAgainAsync(cancellation);
        await WaitUntilReadyAsync(cancellation);
    }

    public Task<string> ReadMetricsAsync(CancellationToken cancellation = default) => Http.GetStringAsync(new Uri($"{MetricsAddress}/metrics"), cancellation);

    /// <summary>Copies what it has logged.</summary>
    public void CopyLog(string file) => File.Copy(_command.LogFile, file, overwrite: true);

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    private async Task WaitUntilReadyAsync(CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(ReadyLimit);
        try
        {
            while (!await IsReadyAsync(limit.Token))
            {
                _host.ThrowIfDead();
                await Task.Delay(20, limit.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"the service is not ready after {ReadyLimit.TotalSeconds:F0} s: {_command.ReadLogEnd()}");
        }
    }

    private async Task<bool> IsReadyAsync(CancellationToken cancellation)
    {
        try
        {
            using var answer = await Http.GetAsync(new Uri($"{MetricsAddress}/healthz/ready"), cancellation);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !cancellation.IsCancellationRequested)
        {
            return false;
        }
    }
}
