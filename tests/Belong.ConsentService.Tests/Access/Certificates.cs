using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Belong.ConsentService.Tests.Access;

/// <summary>An authority of a test, and certificates of it.</summary>
internal sealed class Certificates : IDisposable
{
    private const string ServerUsage = "1.3.6.1.5.5.7.3.1";
    private const string ClientUsage = "1.3.6.1.5.5.7.3.2";

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public Certificates()
    {
        var request = new CertificateRequest("CN=test authority", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        Root = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-2), DateTimeOffset.UtcNow.AddDays(20));
    }

    public X509Certificate2 Root { get; }

    public X509Certificate2 Server(double days = 10) => Issue(ServerUsage, days, san =>
    {
        san.AddIpAddress(IPAddress.Loopback);
        san.AddDnsName("localhost");
    });

    public X509Certificate2 Client(params string[] names) => Issue(ClientUsage, 10, san =>
    {
        foreach (var name in names)
        {
            if (name.StartsWith("uri:", StringComparison.Ordinal))
            {
                san.AddUri(new Uri(name[4..]));
            }
            else
            {
                san.AddDnsName(name[4..]);
            }
        }
    });

    /// <summary>Made for servers, and shown by a client.</summary>
    public X509Certificate2 OfServerShownByClient() => Issue(ServerUsage, 10, san => san.AddDnsName("dm.example"));

    public void Dispose()
    {
        Root.Dispose();
        _key.Dispose();
    }

    private X509Certificate2 Issue(string usage, double days, Action<SubjectAlternativeNameBuilder> name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test", key, HashAlgorithmName.SHA256);
        var san = new SubjectAlternativeNameBuilder();
        name(san);
        request.CertificateExtensions.Add(san.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
        using var issued = request.Create(Root, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(days), RandomNumberGenerator.GetBytes(8));
        return issued.CopyWithPrivateKey(key);
    }
}
