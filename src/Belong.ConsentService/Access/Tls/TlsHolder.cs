using System.Net.Security;

namespace Belong.ConsentService.Access.Tls;

/// <summary>The certificates that new connections begin with.</summary>
internal sealed class TlsHolder(TlsSettings settings, TimeProvider time)
{
    private volatile TlsMaterial? _current;

    public TlsMaterial? Current => _current;

    /// <summary>Reads the files; true when they were new.</summary>
    /// <exception cref="InvalidCertificatesException">They cannot be used: those before stand.</exception>
    public bool Load()
    {
        var before = _current;
        _current = TlsMaterial.Load(settings, time.GetUtcNow().UtcDateTime, before);
        return _current != before;
    }

    public SslServerAuthenticationOptions ForConnection() => _current!.Options;

    public SslServerAuthenticationOptions ForHttpConnection() => _current!.HttpOptions;
}
