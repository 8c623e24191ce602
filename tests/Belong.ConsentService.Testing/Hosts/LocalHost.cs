using System.Collections.Concurrent;
using System.Diagnostics;

namespace Belong.ConsentService.Testing.Hosts;

/// <summary>A server from installed binaries, with its children and its folder.</summary>
internal sealed class LocalHost : IServerHost
{
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(10);
    private static readonly ConcurrentDictionary<LocalHost, bool> Running = Register();

    private readonly LocalCommand _command;
    private Process _process;

    private LocalHost(LocalCommand command, Process process)
    {
        _command = command;
        _process = process;
    }

    public string Kind => "local binaries";

    public string Folder => _command.Folder;

    public int ProcessId => _process.Id;

    public static async Task<LocalHost> StartAsync(LocalCommand command)
    {
        var host = new LocalHost(command, await Spawner.StartAsync(command.ToStartInfo()));
        Running[host] = true;
        return host;
    }

    public Task PauseAsync(CancellationToken cancellation)
    {
        // The parent first, so that it starts no child behind our back.
        Kernel.Send(_process.Id, Kernel.SigStop);
        SendToChildren(Kernel.SigStop);
        return Task.CompletedTask;
    }

    public Task ResumeAsync(CancellationToken cancellation)
    {
        SendToChildren(Kernel.SigCont);
        Kernel.Send(_process.Id, Kernel.SigCont);
        return Task.CompletedTask;
    }

    public async Task KillAsync(CancellationToken cancellation)
    {
        var family = KillFamily();
        await _process.WaitForExitAsync(cancellation);
        var limit = Stopwatch.StartNew();
        while (family.Exists(Kernel.IsAlive))
        {
            if (limit.Elapsed > EndLimit)
            {
                throw new TimeoutException("A killed server does not end.");
            }

            await Task.Delay(5, cancellation);
        }
    }

    /// <summary>Asks it to end, as an operator does, and waits until it has.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> TerminateAsync(CancellationToken cancellation)
    {
        Kernel.Send(_process.Id, Kernel.SigTerm);
        await _process.WaitForExitAsync(cancellation);
        return _process.ExitCode;
    }

    public async Task StartAgainAsync(CancellationToken cancellation)
    {
        if (!_process.HasExited)
        {
            throw new InvalidOperationException("The server still runs.");
        }

        _process.Dispose();
        _process = await Spawner.StartAsync(_command.ToStartInfo());
    }

    public Task RunBesideAsync(string[] words, CancellationToken cancellation) => (_command with { Words = words }).RunAsync(cancellation);

    public void ThrowIfDead()
    {
        if (_process.HasExited)
        {
            throw new InvalidOperationException($"{_command.Words[0]} ended with {_process.ExitCode}: {_command.ReadLogEnd()}");
        }
    }

    public long ReadResidentBytes()
    {
        _process.Refresh();
        return _process.WorkingSet64;
    }

    public TimeSpan ReadProcessorTime()
    {
        _process.Refresh();
        return _process.TotalProcessorTime;
    }

    public long ReadPeakBytes()
    {
        _process.Refresh();
        return _process.PeakWorkingSet64;
    }

    public async ValueTask DisposeAsync()
    {
        if (Running.TryRemove(this, out _))
        {
            await KillAsync(CancellationToken.None);
            _process.Dispose();
            ServerFolder.Remove(_command.Folder);
        }
    }

    private static ConcurrentDictionary<LocalHost, bool> Register()
    {
        AppDomain.CurrentDomain.ProcessExit += (_, _) => EndAll();
        return new ConcurrentDictionary<LocalHost, bool>();
    }

    private static void EndAll()
    {
        foreach (var host in Running.Keys)
        {
            host.KillFamily();
            host._process.WaitForExit(EndLimit);
            ServerFolder.Remove(host._command.Folder);
        }
    }

    private List<int> KillFamily()
    {
        if (_process.HasExited)
        {
            return [];
        }

        Kernel.Send(_process.Id, Kernel.SigStop);
        var family = Kernel.ChildrenOf(_process.Id);
        family.Add(_process.Id);
        family.ForEach(id => Kernel.Send(id, Kernel.SigKill));
        return family;
    }

    private void SendToChildren(int signal) =>
        Kernel.ChildrenOf(_process.Id).ForEach(id => Kernel.Send(id, signal));
}
