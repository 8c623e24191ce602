namespace Belong.ConsentService.Testing.Hosts;

/// <summary>A server that somebody else runs: used, never touched.</summary>
internal sealed class GivenHost(string variable) : IServerHost
{
    public string Kind => $"given by {variable}";

    public string Folder => throw Refusal();

    public Task PauseAsync(CancellationToken cancellation) => Refuse();

    public Task ResumeAsync(CancellationToken cancellation) => Refuse();

    public Task KillAsync(CancellationToken cancellation) => Refuse();

    public Task StartAgainAsync(CancellationToken cancellation) => Refuse();

    public Task RunBesideAsync(string[] words, CancellationToken cancellation) => Refuse();

    public void ThrowIfDead()
    {
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Task Refuse() => throw Refusal();

    private InvalidOperationException Refusal() => new(
        $"The server named by {variable} is not the tests' own: start one with StartPrivateAsync to break it.");
}
