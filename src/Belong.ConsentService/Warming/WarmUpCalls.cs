using System.Net;
using System.Net.Http.Headers;
using Belong.Consent.V1;
using Belong.ConsentService.Access;
using Belong.ConsentService.Access.Tls;
using Belong.ConsentService.Hosting;
using Google.Protobuf;
using Grpc.Health.V1;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Belong.ConsentService.Warming;

/// <summary>Calls over a connection to the instance's own gRPC port, that decide nothing.</summary>
internal sealed class WarmUpCalls(IServiceProvider services) : IWarmUpPart, IDisposable
{
    private const int CallsInRound = 10;

    /// <summary>Not compressed, and the length in four bytes.</summary>
    private const int FrameHeaderBytes = 5;

    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(2);
    private static readonly byte[] HealthQuestion = Frame(new HealthCheckRequest());
    private static readonly byte[] InfoQuestion = Frame(new GetServerInfoRequest());

    private readonly HttpClient _http = new(MakeHandler(services))
    {
        BaseAddress = FindAddress(services),
        Timeout = CallTimeout,
    };

    public string Name => "calls over gRPC";

    public TimeSpan Rest => TimeSpan.Zero;

    public async Task RunAsync(CancellationToken cancellation)
    {
        for (var i = 0; i < CallsInRound; i++)
        {
            await CallAsync("grpc.health.v1.Health/Check", HealthQuestion, cancellation);
            await CallAsync("belong.consent.v1.ConsentCheck/GetServerInfo", InfoQuestion, cancellation);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task CallAsync(string method, byte[] question, CancellationToken cancellation)
    {
        using var content = new ByteArrayContent(question);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        using var request = new HttpRequestMessage(HttpMethod.Post, method)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", services.GetRequiredService<OwnCalls>().Key);
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        using var response = await _http.SendAsync(request, cancellation);
        response.EnsureSuccessStatusCode();
    }

    /// <summary>The port as it was given, on loopback where all addresses are listened on.</summary>
    private static Uri FindAddress(IServiceProvider services)
    {
        var listen = services.GetRequiredService<ConsentSettings>().Listen;
        var (address, isTls) = (IPAddress.Parse(listen.Address), listen.Tls.IsOn);
        var host = address.Equals(IPAddress.Any) ? IPAddress.Loopback : address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : address;
        var listened = services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new UriBuilder(isTls ? Uri.UriSchemeHttps : Uri.UriSchemeHttp, host.ToString(), new Uri(listened).Port).Uri;
    }

    private static SocketsHttpHandler MakeHandler(IServiceProvider services) => new()
    {
        UseProxy = false,
        ConnectTimeout = CallTimeout,
        // It calls itself by an address, which its certificate need not name; but it must be its own.
        SslOptions =
        {
            RemoteCertificateValidationCallback = (_, shown, _, _) =>
                shown is not null && services.GetRequiredService<TlsHolder>().Current is { } own && own.Certificate.AsSpan().SequenceEqual(shown.GetRawCertData()),
        },
    };

    private static byte[] Frame(IMessage message)
    {
        var frame = new byte[FrameHeaderBytes + message.CalculateSize()];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.CalculateSize());
        message.WriteTo(frame.AsSpan(FrameHeaderBytes));
        return frame;
    }
}
