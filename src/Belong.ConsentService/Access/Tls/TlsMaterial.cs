using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Belong.ConsentService.Access.Tls;

/// <summary>One version of the certificate, key and roots. Never changed: connections that began with it end with it.</summary>
internal sealed class TlsMaterial
{
    private const int MaxFileBytes = 1024 * 1024;

    private TlsMaterial(string fingerprint, X509Certificate2 certificate, X509Certificate2Collection chain, X509Certificate2Collection? roots)
    {
        Fingerprint = fingerprint;
        Certificate = certificate.RawData;
        NotAfter = certificate.NotAfter.ToUniversalTime();
        ClientCaNotAfter = roots?.Min(root => root.NotAfter.ToUniversalTime());
        var context = SslStreamCertificateContext.Create(certificate, chain, offline: true);
        Options = MakeOptions(context, roots, SslApplicationProtocol.Http2);
        HttpOptions = MakeOptions(context, roots, SslApplicationProtocol.Http11);
    }

    public SslServerAuthenticationOptions Options { get; }

    /// <summary>The same for the port of HTTP and JSON.</summary>
    public SslServerAuthenticationOptions HttpOptions { get; }

    /// <summary>Of what was read: the same files have the same.</summary>
    public string Fingerprint { get; }

    /// <summary>That of the server, in DER.</summary>
    public byte[] Certificate { get; }

    public DateTime NotAfter { get; }

    /// <summary>The first end of a root; null without roots.</summary>
    public DateTime? ClientCaNotAfter { get; }

    /// <summary>The files as they are now; <paramref name="before"/> when they have not changed.</summary>
    /// <exception cref="InvalidCertificatesException">One of them cannot be used; names it.</exception>
    public static TlsMaterial Load(TlsSettings settings, DateTime now, TlsMaterial? before = null)
    {
        var (certificatePem, keyPem) = (Read("CertificateFile", settings.CertificateFile), Read("KeyFile", settings.KeyFile));
        var rootsPem = settings.ClientCaFile.Length > 0 ? Read("ClientCaFile", settings.ClientCaFile) : null;
        var fingerprint = Convert.ToHexString(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes($"{certificatePem}\0{keyPem}\0{rootsPem}")));
        if (before?.Fingerprint == fingerprint)
        {
            return before;
        }

        var chain = Import("CertificateFile", settings.CertificateFile, certificatePem);
        var certificate = LoadPair(settings, certificatePem, keyPem);
        RequireInForce("CertificateFile", settings.CertificateFile, certificate, now);
        var roots = rootsPem is null ? null : Import("ClientCaFile", settings.ClientCaFile, rootsPem);
        foreach (var root in roots ?? [])
        {
            RequireInForce("ClientCaFile", settings.ClientCaFile, root, now);
        }

        return new TlsMaterial(fingerprint, certificate, chain, roots);
    }

    private static SslServerAuthenticationOptions MakeOptions(SslStreamCertificateContext context, X509Certificate2Collection? roots, SslApplicationProtocol protocol) => new()
    {
        ApplicationProtocols = [protocol],
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ServerCertificateContext = context,
        ClientCertificateRequired = roots is not null,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        CertificateChainPolicy = roots is null ? null : PolicyOf(roots),
        // Who has no certificate may have a key or a token; one that is shown must be good, and made for clients.
        RemoteCertificateValidationCallback = (_, shown, _, errors) => shown is null || errors == SslPolicyErrors.None,
        // A connection that is taken up again would be judged by the roots of before.
        AllowTlsResume = roots is null,
        AllowRenegotiation = false,
    };

    private static X509ChainPolicy PolicyOf(X509Certificate2Collection roots)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(roots);
        return policy;
    }

    private static X509Certificate2 LoadPair(TlsSettings settings, string certificatePem, string keyPem)
    {
        try
        {
            return X509Certificate2.CreateFromPem(certificatePem, keyPem);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new InvalidCertificatesException($"Consent:Listen:Tls:KeyFile is '{settings.KeyFile}': the PEM of the unencrypted private key of the first certificate in {settings.CertificateFile} is required");
        }
    }

    private static X509Certificate2Collection Import(string setting, string file, string pem)
    {
        var found = new X509Certificate2Collection();
        try
        {
            found.ImportFromPem(pem);
        }
        catch (CryptographicException)
        {
            found.Clear();
        }

        return found.Count > 0 ? found : throw new InvalidCertificatesException($"Consent:Listen:Tls:{setting} is '{file}': a file with certificates in PEM is required");
    }

    private static void RequireInForce(string setting, string file, X509Certificate2 certificate, DateTime now)
    {
        var (from, to) = (certificate.NotBefore.ToUniversalTime(), certificate.NotAfter.ToUniversalTime());
        if (now < from || now > to)
        {
            throw new InvalidCertificatesException($"Consent:Listen:Tls:{setting} is '{file}', with a certificate that is good from {from:O} to {to:O}: one that is good now is required");
        }
    }

    private static string Read(string setting, string file)
    {
        try
        {
            return new FileInfo(file).Length <= MaxFileBytes
                ? File.ReadAllText(file)
                : throw new InvalidCertificatesException($"Consent:Listen:Tls:{setting} is '{file}': a file of at most {MaxFileBytes} bytes is allowed");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidCertificatesException($"Consent:Listen:Tls:{setting} is '{file}': a file that can be read is required");
        }
    }
}

/// <summary>Certificates cannot be used.</summary>
public sealed class InvalidCertificatesException(string message) : Exception(message);
