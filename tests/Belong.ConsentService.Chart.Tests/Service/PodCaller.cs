using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Belong.Consent.V1;
using Belong.ConsentService.Testing;
using Belong.ConsentService.Tests.Access;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;

namespace Belong.ConsentService.Chart.Tests.Service;

/// <summary>Asks a started pod at its gRPC port, and at that of HTTP and JSON.</summary>
internal sealed class PodCaller : IDisposable
{
    private readonly GrpcChannel _channel;

    /// <param name="certificates">Of the authority that the server's certificate is of; without it no TLS.</param>
    public PodCaller(ServiceProcess process, Certificates? certificates, X509Certificate2? own = null)
    {
        var handler = CreateHandler(certificates);
        handler.SslOptions.ClientCertificates = own is null ? null : [own];
        var address = new UriBuilder(process.Address) { Scheme = certificates is null ? Uri.UriSchemeHttp : Uri.UriSchemeHttps }.Uri;
        _channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true });
    }

    /// <summary>OK, or the status of the refusal.</summary>
    public async Task<StatusCode> AskAsync(string? bearer = null)
    {
        try
        {
            var headers = bearer is null ? new Metadata() : new Metadata { { "authorization", $"Bearer {bearer}" } };
            await new ConsentCheck.ConsentCheckClient(_channel).GetServerInfoAsync(new GetServerInfoRequest(), headers);
            return StatusCode.OK;
        }
        catch (RpcException e)
        {
            return e.StatusCode;
        }
    }

    public async Task<HealthCheckResponse.Types.ServingStatus> AskHealthAsync() =>
        (await new Health.HealthClient(_channel).CheckAsync(new HealthCheckRequest { Service = "ready" })).Status;

    /// <summary>By HTTP and JSON, as a person with curl would ask.</summary>
    /// <returns>200, or the status of the refusal, and the body.</returns>
    public static async Task<(HttpStatusCode Status, JsonNode Body)> AskJsonAsync(Uri address, Certificates certificates, string? bearer = null)
    {
        using var http = new HttpClient(CreateHandler(certificates)) { BaseAddress = address };
        http.DefaultRequestHeaders.Authorization = bearer is null ? null : new AuthenticationHeaderValue("Bearer", bearer);
        using var answer = await http.GetAsync(new Uri("/v1/server-info", UriKind.Relative));
        return (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!);
    }

    public void Dispose() => _channel.Dispose();

    private static SocketsHttpHandler CreateHandler(Certificates? certificates)
    {
        var handler = new SocketsHttpHandler();
        if (certificates is not null)
        {
            handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                CustomTrustStore = { certificates.Root },
            };
        }

        return handler;
    }
}
