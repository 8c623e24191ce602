using DotNet.Testcontainers.Containers;

namespace Belong.ConsentService.Testing.Hosts;

/// <summary>A server in a container, for machines that have an engine but no server installed.</summary>
internal sealed class ContainerHost(IContainer container) : IServerHost
{
    public string Kind => "container";

    public Task PauseAsync(CancellationToken cancellation) => container.PauseAsync(cancellation);

    public Task ResumeAsync(CancellationToken cancellation) => container.UnpauseAsync(cancellation);

    // The containers are made with SIGKILL as their stop signal.
    public Task KillAsync(CancellationToken cancellation) => container.StopAsync(cancellation);

    public Task StartAgainAsync(CancellationToken cancellation) => container.StartAsync(cancellation);

    public void ThrowIfDead()
    {
    }

    public ValueTask DisposeAsync() => container.DisposeAsync();
}
