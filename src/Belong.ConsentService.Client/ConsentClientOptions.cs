using System.Security.Cryptography.X509Certificates;

namespace Belong.ConsentService.Client;

/// <summary>Where the service is, who asks, and how long. All errors are told at once, at the start.</summary>
public sealed class ConsentClientOptions
{
    /// <summary>
    /// Required: <c>https://host:port</c>, one or more. Of a name all addresses that DNS gives are used. Calls go in turns to
    /// all that say that they serve.
    /// </summary>
    public IReadOnlyList<string> Addresses { get; set; } = [];

    /// <summary>The caller's key. At most one of key and <see cref="TokenProvider"/>.</summary>
    public string? Key { get; set; }

    /// <summary>Gives a token (JWT) for each call; remember it until shortly before its end.</summary>
    public Func<CancellationToken, ValueTask<string>>? TokenProvider { get; set; }

    /// <summary>With its private key, for mutual TLS.</summary>
    public X509Certificate2? ClientCertificate { get; set; }

    /// <summary>The only roots that the server's certificate may come from; left out: those of the system.</summary>
    public X509Certificate2Collection? RootCertificates { get; set; }

    /// <summary>Lets <c>http://</c> go elsewhere than to loopback, for where the proxy of a mesh encrypts.</summary>
    public bool AllowPlaintextBeyondLoopback { get; set; }

    /// <summary>Asks by gRPC health who serves. Off only behind a balancer that does so itself.</summary>
    public bool WatchHealth { get; set; } = true;

    /// <summary>The deadline of a check or write, with all its attempts: 1 ms to 5 min, 5 s unless set.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The deadline of each call of a batch, with all its attempts: 1 ms to 5 min, 30 s unless set.</summary>
    public TimeSpan BatchTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The checks in one call of a batch: 1 to 10,000, 1,000 unless set. Lower where the caller's grant has a lower <c>max_batch_checks</c>.</summary>
    public int MaxBatchChecks { get; set; } = 1_000;

    /// <summary>How often a call that may be repeated is made at the most: 1 to 10, 4 unless set.</summary>
    public int MaxAttempts { get; set; } = 4;

    /// <summary>How long the service may owe an answer in a stream before the connection counts as lost: 1 s to 5 min, 10 s unless set.</summary>
    public TimeSpan StreamStandstill { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a list or a wave is tried anew after its connection was lost: up to 1 h, 1 min unless set.</summary>
    public TimeSpan StreamRetry { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How often names are resolved anew: 1 s to 1 h, 30 s unless set.</summary>
    public TimeSpan DnsRefresh { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The largest answer that is taken, in bytes: 64 KiB to 256 MiB, 16 MiB unless set.</summary>
    public int MaxAnswerBytes { get; set; } = 16 * 1024 * 1024;
}
