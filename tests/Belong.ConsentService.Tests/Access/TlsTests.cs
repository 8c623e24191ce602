using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Belong.Consent.V1;
using Belong.ConsentService.Access.Tls;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Tests.Hosting;
using Google.Rpc;
using Grpc.Core;
using Grpc.Net.Client;
using static Belong.ConsentService.Tests.Access.AccessStage;

namespace Belong.ConsentService.Tests.Access;

/// <summary>TLS on the gRPC port, callers by their certificates, and certificates that change while calls go on.</summary>
public sealed class TlsTests(AccessStage stage) : IClassFixture<AccessStage>, IDisposable
{
    private readonly Certificates _authority = new();
    private readonly WrittenGrants _grants = new();

    private string Folder => Path.GetDirectoryName(_grants.Path)!;

    public void Dispose()
    {
        _authority.Dispose();
        _grants.Dispose();
    }

    [Fact]
    public async Task A_caller_is_known_by_a_name_in_its_certificate()
    {
        var (dm, carrier) = (WrittenGrants.Everything("dm", "dm-key"), WrittenGrants.Everything("carrier"));
        (dm.CertificateNames, carrier.CertificateNames) = (["dns:dm.example", "uri:spiffe://belong/dm"], ["dns:carrier.example"]);
        _grants.Write(1, dm, carrier);
        var instance = await StartAsync();
        Assert.Equal("OK", await AskAsync(instance, _authority.Client("dns:other.example", "dns:DM.example")));
        Assert.Equal("OK", await AskAsync(instance, _authority.Client("uri:spiffe://belong/dm")));
        const string Unauthenticated = "Unauthenticated UNAUTHENTICATED";
        Assert.Equal(Unauthenticated, await AskAsync(instance, _authority.Client("uri:spiffe://belong/DM")));
        Assert.Equal(Unauthenticated, await AskAsync(instance, _authority.Client("dns:sub.dm.example")));
        Assert.Equal(Unauthenticated, await AskAsync(instance, _authority.Client()));
        // Of two callers at once: of none.
        Assert.Equal(Unauthenticated, await AskAsync(instance, _authority.Client("dns:dm.example", "dns:carrier.example")));
        Assert.Equal(Unauthenticated, await AskAsync(instance, null));
        // A header decides alone.
        Assert.Equal("OK", await AskAsync(instance, null, Bearer("dm-key")));
        Assert.Equal(Unauthenticated, await AskAsync(instance, _authority.Client("dns:dm.example"), Bearer("no-key")));

        // Not even a connection.
        using var stranger = new Certificates();
        Assert.StartsWith("Unavailable ", await AskAsync(instance, stranger.Client("dns:dm.example")), StringComparison.Ordinal);
        Assert.StartsWith("Unavailable ", await AskAsync(instance, _authority.OfServerShownByClient()), StringComparison.Ordinal);
        Assert.Equal(5, await ReadMetricAsync(instance, "consent_access_refused_total{cause=\"certificate_unknown\"}") + await ReadMetricAsync(instance, "consent_access_refused_total{cause=\"no_credentials\"}"));

        // Taken out of the grants, it is nobody's on the same connection.
        using var channel = Connect(instance, _authority.Client("dns:dm.example"));
        Assert.Equal("OK", await AskAsync(channel));
        _grants.Write(2, carrier);
        await Waiting.UntilAsync(async () => await AskAsync(channel) == Unauthenticated);
    }

    [Fact]
    public async Task New_certificates_are_in_force_for_new_connections_and_no_call_is_dropped()
    {
        _grants.Write(1, WrittenGrants.Everything("dm", "dm-key"));
        var first = _authority.Server();
        var instance = await StartAsync(first);
        using var channel = Connect(instance, null);
        using var watch = new ConsentAudience.ConsentAudienceClient(channel).WatchDecisions(new() { Header = new AudienceHeader { Use = new CheckUseRequest { Purposes = { Purpose.ServiceDelivery } } } }, Bearer("dm-key"));
        Assert.True(await watch.ResponseStream.MoveNext(default));
        Assert.Equal(first.Thumbprint, await ReadServerThumbprintAsync(instance));

        var second = _authority.Server(days: 5);
        Write("server.pem", second.ExportCertificatePem());
        await Waiting.UntilAsync(async () => await ReadMetricAsync(instance, "consent_certificate_reloads_total{result=\"refused\"}") == 1);
        Assert.Equal(first.Thumbprint, await ReadServerThumbprintAsync(instance));
        Assert.Contains(stage.Stage.Warnings.Without(), line => line.Contains($"Consent:Listen:Tls:KeyFile is '{Path.Combine(Folder, "server.key")}': the PEM of the unencrypted private key", StringComparison.Ordinal));

        Write("server.key", second.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        await Waiting.UntilAsync(async () => await ReadServerThumbprintAsync(instance) == second.Thumbprint);
        Assert.Equal(new DateTimeOffset(second.NotAfter).ToUnixTimeSeconds(), await ReadMetricAsync(instance, "consent_certificate_not_after_timestamp_seconds{certificate=\"server\"}"));
        Assert.True(await watch.ResponseStream.MoveNext(default));
        Assert.Equal("OK", await AskAsync(channel, Bearer("dm-key")));

        Write("server.pem", _authority.Server(days: -0.5).ExportCertificatePem());
        await Waiting.UntilAsync(async () => await ReadMetricAsync(instance, "consent_certificate_reloads_total{result=\"refused\"}") == 2);
        Assert.Equal(second.Thumbprint, await ReadServerThumbprintAsync(instance));
    }

    [Fact]
    public async Task Neither_old_TLS_nor_plain_text_is_spoken()
    {
        _grants.Write(1, WrittenGrants.Everything("dm", "dm-key"));
        var instance = await StartAsync();
#pragma warning disable SYSLIB0039, CA5397 // It is what must be refused.
        await Assert.ThrowsAnyAsync<Exception>(() => ShakeHandsAsync(instance, SslProtocols.Tls11));
#pragma warning restore SYSLIB0039, CA5397
        Assert.Equal(SslProtocols.Tls12, (await ShakeHandsAsync(instance, SslProtocols.Tls12)).Protocol);
        Assert.Equal(SslProtocols.Tls13, (await ShakeHandsAsync(instance, SslProtocols.Tls13)).Protocol);
        using var plain = GrpcChannel.ForAddress(new UriBuilder(instance.App.Urls.First()) { Scheme = "http" }.Uri);
        await Assert.ThrowsAsync<RpcException>(async () => await new ConsentCheck.ConsentCheckClient(plain).CheckUseAsync(Use(), Bearer("dm-key")));
    }

    [Theory]
    [InlineData("CertificateFile", "server.pem", "")]
    [InlineData("KeyFile", "server.key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----")]
    [InlineData("ClientCaFile", "ca.pem", "nothing")]
    [InlineData("ClientCaFile", "ca.pem", null)]
    public async Task With_files_that_cannot_be_used_the_service_does_not_start(string setting, string file, string? content)
    {
        _grants.Write(1, WrittenGrants.Everything("dm", "dm-key"));
        WriteAll(_authority.Server());
        File.Delete(Path.Combine(Folder, file));
        if (content is not null)
        {
            Write(file, content);
        }

        var error = await Assert.ThrowsAsync<InvalidCertificatesException>(() => stage.Stage.StartAsync(Apply));
        Assert.StartsWith($"Consent:Listen:Tls:{setting} is '{Path.Combine(Folder, file)}': ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_certificate_that_has_ended_or_has_not_begun_is_not_taken()
    {
        WriteAll(_authority.Server(days: 10));
        var settings = new ConsentSettings();
        Apply(settings);
        var now = DateTime.UtcNow;
        Assert.NotNull(TlsMaterial.Load(settings.Listen.Tls, now));
        foreach (var then in new[] { now.AddDays(11), now.AddDays(-1.5) })
        {
            var error = Assert.Throws<InvalidCertificatesException>(() => TlsMaterial.Load(settings.Listen.Tls, then));
            Assert.Contains("server.pem', with a certificate that is good from", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_connection_is_taken_up_again_only_where_no_certificate_is_asked_for()
    {
        WriteAll(_authority.Server());
        var settings = new ConsentSettings();
        Apply(settings);
        Assert.False(TlsMaterial.Load(settings.Listen.Tls, DateTime.UtcNow).Options.AllowTlsResume);
        settings.Listen.Tls.ClientCaFile = "";
        Assert.True(TlsMaterial.Load(settings.Listen.Tls, DateTime.UtcNow).Options.AllowTlsResume);
    }

    private Task<ServiceInstance> StartAsync(X509Certificate2? server = null)
    {
        WriteAll(server ?? _authority.Server());
        return stage.StartAsync(Apply);
    }

    private void Apply(ConsentSettings settings)
    {
        _grants.Apply(settings);
        settings.WarmUp.MaxMs = 5_000;
        settings.Listen.Tls = new TlsSettings
        {
            CertificateFile = Path.Combine(Folder, "server.pem"),
            KeyFile = Path.Combine(Folder, "server.key"),
            ClientCaFile = Path.Combine(Folder, "ca.pem"),
        };
    }

    private void WriteAll(X509Certificate2 server)
    {
        Write("server.pem", server.ExportCertificatePem());
        Write("server.key", server.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        Write("ca.pem", _authority.Root.ExportCertificatePem());
    }

    private void Write(string file, string text)
    {
        var path = Path.Combine(Folder, file);
        File.WriteAllText($"{path}.new", text);
        File.Move($"{path}.new", path, overwrite: true);
    }

    private GrpcChannel Connect(ServiceInstance instance, X509Certificate2? client)
    {
        var handler = new SocketsHttpHandler
        {
            SslOptions =
            {
                CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { _authority.Root }, RevocationMode = X509RevocationMode.NoCheck },
                ClientCertificates = client is null ? null : [client],
                LocalCertificateSelectionCallback = (_, _, _, _, _) => client!,
            },
        };
        return GrpcChannel.ForAddress(instance.App.Urls.First(), new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true });
    }

    private async Task<string> AskAsync(ServiceInstance instance, X509Certificate2? client, Metadata? credentials = null)
    {
        using var channel = Connect(instance, client);
        return await AskAsync(channel, credentials);
    }

    private static async Task<string> AskAsync(GrpcChannel channel, Metadata? credentials = null)
    {
        try
        {
            await new ConsentCheck.ConsentCheckClient(channel).CheckUseAsync(Use(), credentials);
            return "OK";
        }
        catch (RpcException e)
        {
            return $"{e.StatusCode} {e.GetRpcStatus()?.GetDetail<ErrorInfo>()?.Reason}";
        }
    }

    private static async Task<string> ReadServerThumbprintAsync(ServiceInstance instance) => (await ShakeHandsAsync(instance, SslProtocols.None)).Thumbprint;

    private static async Task<(SslProtocols Protocol, string Thumbprint)> ShakeHandsAsync(ServiceInstance instance, SslProtocols protocols)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync("127.0.0.1", new Uri(instance.App.Urls.First()).Port);
        await using var tls = new SslStream(socket.GetStream());
#pragma warning disable CA5359 // Whatever is shown is to be looked at.
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            EnabledSslProtocols = protocols,
            ApplicationProtocols = [SslApplicationProtocol.Http2],
            RemoteCertificateValidationCallback = (_, _, _, _) => true,
        });
#pragma warning restore CA5359
        return (tls.SslProtocol, ((X509Certificate2)tls.RemoteCertificate!).Thumbprint);
    }
}
