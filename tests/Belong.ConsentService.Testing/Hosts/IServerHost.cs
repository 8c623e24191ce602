namespace Belong.ConsentService.Testing.Hosts;

/// <summary>Where a server of the tests runs, and what can be done to it.</summary>
internal interface IServerHost : IAsyncDisposable
{
    /// <summary>For people: "local binaries", "container redis:7.0", "given by CONSENT_TEST_REDIS".</summary>
    string Kind { get; }

    /// <summary>Where the server keeps files, as it names it itself.</summary>
    string Folder { get; }

    /// <summary>The server stops answering; its connections stay open.</summary>
    Task PauseAsync(CancellationToken cancellation);

    Task ResumeAsync(CancellationToken cancellation);

    /// <summary>The server dies without a word; its data folder stays.</summary>
    Task KillAsync(CancellationToken cancellation);

    /// <summary>Starts a killed server again on the same port.</summary>
    Task StartAgainAsync(CancellationToken cancellation);

    /// <summary>Runs a command where the server runs, to its end; throws with its output when it fails.</summary>
    Task RunBesideAsync(string[] words, CancellationToken cancellation);

    /// <summary>Throws with the end of the server's log when it has died.</summary>
    void ThrowIfDead();
}
