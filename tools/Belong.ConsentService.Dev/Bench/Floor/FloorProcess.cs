using System.Diagnostics;

namespace Belong.ConsentService.Dev.Bench.Floor;

/// <summary>A service to measure against, as a process of its own, which ends with this one: it reads what nobody writes.</summary>
internal sealed class FloorProcess : IAsyncDisposable
{
    private readonly Process _process;

    private FloorProcess(Process process, Uri address)
    {
        _process = process;
        Address = address;
    }

    public Uri Address { get; }

    /// <summary>How long it has kept processors busy since it was started, as the kernel counts it.</summary>
    public TimeSpan ReadProcessorTime()
    {
        _process.Refresh();
        return _process.TotalProcessorTime;
    }

    public static async Task<FloorProcess> StartAsync(params string[] words)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "consent-dev.dll");
        var process = Process.Start(new ProcessStartInfo("dotnet", [program, .. words])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        var address = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException($"{words[0]} did not start.");
        return new FloorProcess(process, new Uri(address));
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
