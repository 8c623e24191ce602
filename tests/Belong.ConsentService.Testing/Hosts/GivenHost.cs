namespace Belong.ConsentService.Testing.Hosts;

/// <summary>A server that somebody else runs: used, never touched.</summary>
internal sealed class GivenHost(string variable) : IServerHost
{
    public string Kind => $"given by {variable}";

    public Task PauseAsync(CancellationToken cancellation) => Refuse();

    public Task ResumeAsync(CancellationToken cancellation) => Refuse();

    public Task KillAsync(CancellationToken cancellation) => Refuse();

    public Task StartAgainAsync(CancellationToken cancellation) => Refuse();

    public void ThrowIfDead()
    {
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Task Refuse() => throw new InvalidOperationException(
        $"The server named by {variable} is not the tests' own: start one with StartPrivateAsync to break it.");
}
