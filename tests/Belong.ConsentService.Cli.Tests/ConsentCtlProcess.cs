using System.Diagnostics;

namespace Belong.ConsentService.Cli.Tests;

/// <summary>consentctl as a process of its own, which can be killed.</summary>
internal sealed class ConsentCtlProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _error;

    public ConsentCtlProcess(string commandLine, string address)
    {
        var start = new ProcessStartInfo("dotnet", $"{Program()} {commandLine}")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["CONSENT_ADDRESS"] = address;
        _process = Process.Start(start)!;
        (_output, _error) = (_process.StandardOutput.ReadToEndAsync(), _process.StandardError.ReadToEndAsync());
    }

    public bool HasExited => _process.HasExited;

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>As a program behind a pipe that ends.</summary>
    public void StopReading() => _process.StandardOutput.Close();

    /// <summary>SIGTERM, as a machine that shuts down.</summary>
    public void Terminate()
    {
        using var kill = Process.Start("kill", $"-TERM {_process.Id}");
        kill.WaitForExit();
    }

    public async Task<Tool> EndAsync() => new Tool(await ExitCodeAsync(), await _output, await _error);

    public async Task<int> ExitCodeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    /// <summary>Where it was built: beside the tests it lacks what they take from ASP.NET Core.</summary>
    public static string Program()
    {
        var tests = new DirectoryInfo(AppContext.BaseDirectory);
        var repository = tests.Parent!.Parent!.Parent!.Parent!.Parent!;
        return Path.Combine(repository.FullName, "src", "Belong.ConsentService.Cli", "bin", tests.Parent.Name, tests.Name, "consentctl.dll");
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
