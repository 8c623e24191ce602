namespace Belong.ConsentService.Testing.Hosts;

/// <summary>Where a server of the tests runs, and what can be done to it.</summary>
internal interface IServerHost : IAsyncDisposable
{
    /// <summary>For people: "local binaries", "container", "given by the environment".</summary>
    string Kind { get; }

    /// <summary>The server stops answering; its connections stay open.</summary>
    Task PauseAsync(CancellationToken cancellation);

    Task ResumeAsync(CancellationToken cancellation);

    /// <summary>The server dies without a word; its data folder stays.</summary>
    Task KillAsync(CancellationToken cancellation);

    /// <summary>Starts a killed server again on the same port.</summary>
    Task StartAgainAsync(CancellationToken cancellation);

    /// <summary>Throws with the end of the server's log when it has died.</summary>
    void ThrowIfDead();
}
