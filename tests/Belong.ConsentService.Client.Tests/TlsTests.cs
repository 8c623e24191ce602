using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Belong.ConsentService.Client.Tests;

/// <summary>TLS under a root of one's own, by name and by address, with a certificate of the client's.</summary>
public sealed class TlsTests : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _root;

    public TlsTests()
    {
        var request = new CertificateRequest("CN=test authority", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _root = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-2), DateTimeOffset.UtcNow.AddDays(20));
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("127.0.0.1")]
    public async Task The_name_that_was_set_is_the_name_that_is_proved(string host)
    {
        using var server = Issue("CN=server", host);
        await using var service = await FakeService.StartAsync(server);
        using var certificate = Issue("CN=dm-system");
        using var client = service.Open(options =>
        {
            options.Addresses = [$"https://{host}:{service.Port}"];
            options.RootCertificates = [_root];
            options.ClientCertificate = certificate;
            options.Key = "k1";
        });

        Assert.IsType<Allowed>(await client.CheckUseAsync(Decisions.Use()));

        Assert.Equal(["CN=dm-system"], service.Script.Certificates);
        Assert.Equal(["Bearer k1"], service.Script.Authorizations);
    }

    [Fact]
    public async Task A_server_of_another_root_is_not_asked()
    {
        using var server = Issue("CN=server", "localhost");
        await using var service = await FakeService.StartAsync(server);
        using var client = service.Open(options => (options.Addresses, options.MaxAttempts) = ([$"https://localhost:{service.Port}"], 1));

        await Assert.ThrowsAsync<ConsentUnavailableException>(() => client.CheckUseAsync(Decisions.Use()));

        Assert.Empty(service.Script.Requests);
    }

    public void Dispose()
    {
        _root.Dispose();
        _key.Dispose();
    }

    private X509Certificate2 Issue(string name, string host = "dm.example")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        var san = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(host, out var address))
        {
            san.AddIpAddress(address);
        }
        else
        {
            san.AddDnsName(host);
        }

        request.CertificateExtensions.Add(san.Build());
        using var issued = request.Create(_root, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(10), RandomNumberGenerator.GetBytes(8));
        using var whole = issued.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), null);
    }
}
