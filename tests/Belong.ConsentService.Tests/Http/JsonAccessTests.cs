using System.Net;
using System.Security.Cryptography.X509Certificates;
using Belong.ConsentService.Access.Tls;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Tests.Access;
using Belong.ConsentService.Tests.Hosting;

namespace Belong.ConsentService.Tests.Http;

/// <summary>Who may ask by HTTP: keys, grants, rates, limits and TLS are those of gRPC.</summary>
public sealed class JsonAccessTests(AccessStage stage) : IClassFixture<AccessStage>
{
    private const string Use = """{"memberId": "M-1", "purposes": ["PURPOSE_SERVICE_DELIVERY"]}""";

    [Fact]
    public async Task A_key_is_asked_for_and_what_it_grants_is_what_may_be_asked()
    {
        var checks = WrittenGrants.Everything("checks", "checks-key");
        (checks.Rpcs, checks.Purposes) = (["CheckUse"], [1]);
        using var grants = new WrittenGrants().Write(1, checks);
        var instance = await StartAsync(grants.Apply);
        using var nobody = new JsonClient(instance);
        using var stranger = new JsonClient(instance, key: "no-key");
        using var caller = new JsonClient(instance, key: "checks-key");

        // Known or not, nobody learns more than that: what is sent is not read.
        foreach (var answer in new[] { await nobody.PostAsync("/v1/checks/use", "no json"), await stranger.PostAsync("/v1/checks/use", Use), await nobody.GetAsync("/openapi.json") })
        {
            Assert.Equal((HttpStatusCode.Unauthorized, 16, "UNAUTHENTICATED", "Bearer"), (answer.Status, answer.Code, answer.Reason, answer.Headers.WwwAuthenticate.ToString()));
            Assert.Contains("'authorization: Bearer KEY'", answer.Message, StringComparison.Ordinal);
        }

        Assert.Equal("OUTCOME_ALLOW", (await caller.PostAsync("/v1/checks/use", Use)).Outcome);
        Assert.Equal(HttpStatusCode.OK, (await caller.GetAsync("/openapi.json")).Status);
        var rpc = await caller.PostAsync("/v1/members:record", "{}");
        Assert.Equal((HttpStatusCode.Forbidden, "the call is RecordMember: caller 'checks' has no grant for it"), (rpc.Status, rpc.Message));
        var purpose = await caller.PostAsync("/v1/checks/use", Use.Replace("SERVICE_DELIVERY", "ANALYSIS", StringComparison.Ordinal));
        Assert.Equal((HttpStatusCode.Forbidden, "CALLER_NOT_PERMITTED"), (purpose.Status, purpose.Reason));
        Assert.Equal(1, await AccessStage.ReadMetricAsync(instance, "consent_access_refused_total{cause=\"rpc_not_granted\"}"));
        Assert.Equal(1, await AccessStage.ReadMetricAsync(instance, "consent_rpcs_total{rpc=\"RecordMember\",code=\"PERMISSION_DENIED\"}"));
        Assert.Equal(1, await AccessStage.ReadMetricAsync(instance, "consent_rpcs_total{rpc=\"CheckUse\",code=\"UNAUTHENTICATED\"}") - 1);
    }

    [Fact]
    public async Task Above_a_rate_or_a_limit_the_time_to_wait_is_told()
    {
        var slow = WrittenGrants.Everything("slow", "slow");
        slow.ChecksPerSecond = 1;
        using var grants = new WrittenGrants().Write(1, slow, WrittenGrants.Everything("other", "other"));
        var instance = await StartAsync(settings =>
        {
            grants.Apply(settings);
            settings.Limits.MaxConcurrentBulkCalls = 1;
        });
        using var json = new JsonClient(instance, key: "slow");
        var batch = $$"""{"checks": [{{string.Join(',', Enumerable.Repeat($$"""{"use": {{Use}}}""", 30))}}]}""";
        Assert.Equal(HttpStatusCode.OK, (await json.PostAsync("/v1/checks:batch", batch)).Status);
        var refused = await json.PostAsync("/v1/checks/use", Use);
        Assert.Equal((HttpStatusCode.TooManyRequests, 8, "RATE_LIMITED"), (refused.Status, refused.Code, refused.Reason));
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 20, 30);

        using var other = new JsonClient(instance, key: "other");
        var limit = instance.Get<Belong.ConsentService.Overload.CallLimits>().RouteOf(Belong.ConsentService.Access.Rpc.CheckBatch).Limit!;
        await Waiting.UntilAsync(() => limit.InFlight == 0);
        Assert.True(limit.TryEnter());
        var full = await other.PostAsync("/v1/checks:batch", """{"checks": []}""");
        limit.Leave();
        Assert.Equal((HttpStatusCode.TooManyRequests, "OVERLOADED", "1"), (full.Status, full.Reason, full.Headers.RetryAfter!.ToString()));
        Assert.Equal(HttpStatusCode.OK, (await other.PostAsync("/v1/checks:batch", """{"checks": []}""")).Status);
    }

    [Fact]
    public async Task TLS_and_client_certificates_are_those_of_the_gRPC_port()
    {
        using var authority = new Certificates();
        var dm = WrittenGrants.Everything("dm");
        dm.CertificateNames = ["dns:dm.example"];
        using var grants = new WrittenGrants().Write(1, dm);
        var folder = Path.GetDirectoryName(grants.Path)!;
        var server = authority.Server();
        await File.WriteAllTextAsync(Path.Combine(folder, "server.pem"), server.ExportCertificatePem());
        await File.WriteAllTextAsync(Path.Combine(folder, "server.key"), server.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        await File.WriteAllTextAsync(Path.Combine(folder, "ca.pem"), authority.Root.ExportCertificatePem());
        var instance = await StartAsync(settings =>
        {
            grants.Apply(settings);
            settings.WarmUp.MaxMs = 5_000;
            settings.Listen.Tls = new TlsSettings
            {
                CertificateFile = Path.Combine(folder, "server.pem"),
                KeyFile = Path.Combine(folder, "server.key"),
                ClientCaFile = Path.Combine(folder, "ca.pem"),
            };
        });
        Assert.Equal("https", JsonClient.AddressOf(instance).Scheme);
        using var caller = new JsonClient(instance, Trusting(authority, authority.Client("dns:dm.example")));
        Assert.Equal("OUTCOME_ALLOW", (await caller.PostAsync("/v1/checks/use", Use)).Outcome);
        using var nobody = new JsonClient(instance, Trusting(authority, null));
        Assert.Equal(HttpStatusCode.Unauthorized, (await nobody.PostAsync("/v1/checks/use", Use)).Status);
        using var stranger = new Certificates();
        using var forged = new JsonClient(instance, Trusting(authority, stranger.Client("dns:dm.example")));
        await Assert.ThrowsAsync<HttpRequestException>(() => forged.PostAsync("/v1/checks/use", Use));
        using var plain = new HttpClient();
        await Assert.ThrowsAsync<HttpRequestException>(() => plain.GetAsync(new UriBuilder(JsonClient.AddressOf(instance)) { Scheme = "http" }.Uri));
    }

    [Theory]
    [InlineData(5080, "Consent:Listen:HttpPort is 5080: another port than GrpcPort and MetricsPort is allowed")]
    [InlineData(70_000, "Consent:Listen:HttpPort is 70000: 0 to 65535 is allowed")]
    public void A_port_that_cannot_be_is_refused(int port, string sentence)
    {
        var settings = stage.Stage.Settings();
        settings.Listen = new ListenSettings { HttpPort = port };
        Assert.Contains(sentence, SettingsValidator.FindErrors(settings));
    }

    [Fact]
    public void Beyond_loopback_it_is_refused_as_gRPC_is_and_without_serving_it_has_nothing_to_say()
    {
        var settings = stage.Stage.Settings();
        settings.Listen = new ListenSettings { HttpPort = 5082, Address = "0.0.0.0" };
        settings.Roles = ["feed"];
        var errors = SettingsValidator.FindErrors(settings);
        Assert.Contains(errors, error => error.StartsWith("Consent:Listen:Address is '0.0.0.0': without Consent:Access:GrantsFile", StringComparison.Ordinal));
        Assert.Contains(errors, error => error.StartsWith("Consent:Listen:Address is '0.0.0.0': without Consent:Listen:Tls", StringComparison.Ordinal));
        Assert.Contains("Consent:Listen:HttpPort is 5082: with the role serve it is allowed", errors);
    }

    [Fact]
    public async Task Connections_are_bounded_apart_from_those_of_gRPC()
    {
        var instance = await StartAsync(settings => settings.Limits.MaxConnections = 1);
        using var first = new JsonClient(instance);
        Assert.Equal("OUTCOME_ALLOW", (await first.PostAsync("/v1/checks/use", Use)).Outcome);
        using var second = new JsonClient(instance);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => second.PostAsync("/v1/checks/use", Use));
        Assert.Equal("OUTCOME_ALLOW", (await first.PostAsync("/v1/checks/use", Use)).Outcome);
        Assert.NotNull(await instance.UseAsync("M-1"));
    }

    [Fact]
    public async Task Warm_up_uses_it_and_counts_nothing()
    {
        var instance = await StartAsync(settings => settings.WarmUp.MaxMs = 5_000);
        await Waiting.UntilAsync(async () => (await instance.Http.GetAsync(new Uri("/healthz/ready", UriKind.Relative))).IsSuccessStatusCode);
        await Waiting.UntilAsync(() => !instance.Get<Belong.ConsentService.Warming.WarmUp>().FindCold().Contains("checks over HTTP"));
        Assert.Equal(0, await AccessStage.ReadMetricAsync(instance, "consent_checks_total{kind=\"use\",outcome=\"DENY\",reason=\"DM_OPTED_OUT\"}"));
        Assert.DoesNotContain((await instance.Http.GetStringAsync("/metrics")).Split('\n'), line => line.StartsWith("consent_rpcs_total{rpc=\"CheckUse\"", StringComparison.Ordinal) && !line.EndsWith(" 0", StringComparison.Ordinal));
    }

    [Fact]
    public async Task While_the_instance_drains_it_is_answered_and_then_it_is_over()
    {
        var instance = await StartAsync(settings => settings.DrainMs = 5_000);
        using var json = new JsonClient(instance);
        Assert.Equal("OUTCOME_ALLOW", (await json.PostAsync("/v1/checks/use", Use)).Outcome);
        var stopped = instance.App.StopAsync();
        await Waiting.UntilAsync(async () => (await instance.Http.GetAsync(new Uri("/healthz/ready", UriKind.Relative))).StatusCode == HttpStatusCode.ServiceUnavailable);
        Assert.Equal("OUTCOME_ALLOW", (await json.PostAsync("/v1/checks/use", Use)).Outcome);
        await stopped;
        await Assert.ThrowsAsync<HttpRequestException>(() => json.PostAsync("/v1/checks/use", Use));
    }

    private static SocketsHttpHandler Trusting(Certificates authority, X509Certificate2? client) => new()
    {
        SslOptions =
        {
            CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { authority.Root }, RevocationMode = X509RevocationMode.NoCheck },
            ClientCertificates = client is null ? null : [client],
            LocalCertificateSelectionCallback = (_, _, _, _, _) => client!,
        },
    };

    private Task<ServiceInstance> StartAsync(Action<ConsentSettings> configure) => stage.StartAsync(settings =>
    {
        settings.Listen.HttpPort = 0;
        configure(settings);
    });
}
