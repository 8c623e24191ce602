using System.Collections.Concurrent;
using DotNet.Testcontainers.Containers;

namespace Belong.ConsentService.Testing.Hosts;

/// <summary>A server in a container: on machines without the server, and where it is asked for.</summary>
internal sealed class ContainerHost : IServerHost
{
    /// <summary>Anybody may write there, whoever the image runs as.</summary>
    public const string DataFolder = "/tmp";

    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(20);
    private static readonly ConcurrentDictionary<ContainerHost, bool> Running = Register();

    private readonly IContainer _container;

    private ContainerHost(IContainer container) => _container = container;

    public string Kind => $"container {_container.Image.FullName}";

    public string Folder => DataFolder;

    public static async Task<ContainerHost> StartAsync(IContainer container, CancellationToken cancellation)
    {
        var host = new ContainerHost(container);
        // Before it runs: a start that is broken off must leave nothing behind either.
        Running[host] = true;
        try
        {
            await container.StartAsync(cancellation);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    public Task PauseAsync(CancellationToken cancellation) => _container.PauseAsync(cancellation);

    public Task ResumeAsync(CancellationToken cancellation) => _container.UnpauseAsync(cancellation);

    // The containers are made with SIGKILL as their stop signal.
    public Task KillAsync(CancellationToken cancellation) => _container.StopAsync(cancellation);

    public Task StartAgainAsync(CancellationToken cancellation) => _container.StartAsync(cancellation);

    public async Task RunBesideAsync(string[] words, CancellationToken cancellation)
    {
        var end = await _container.ExecAsync(words, cancellation);
        if (end.ExitCode != 0)
        {
            throw new InvalidOperationException($"{words[0]} in the container ended with {end.ExitCode}: {end.Stderr}");
        }
    }

    public void ThrowIfDead()
    {
    }

    public async ValueTask DisposeAsync()
    {
        if (Running.TryRemove(this, out _))
        {
            await _container.DisposeAsync();
        }
    }

    /// <summary>The reaper of Testcontainers may be turned off, and would leave them for a while.</summary>
    private static ConcurrentDictionary<ContainerHost, bool> Register()
    {
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Task.WhenAll(Running.Keys.Select(host => host.DisposeAsync().AsTask())).Wait(EndLimit);
        return new ConcurrentDictionary<ContainerHost, bool>();
    }
}
