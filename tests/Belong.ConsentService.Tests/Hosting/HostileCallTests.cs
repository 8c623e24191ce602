using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using Belong.Consent.V1;
using Belong.ConsentService.Tests.Audience;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Health.V1;

namespace Belong.ConsentService.Tests.Hosting;

/// <summary>What comes over the wire and should not: it is refused as what it is, ends in time, and fills no log.</summary>
public sealed class HostileCallTests
{
    private static readonly byte[] NoMessage = [0x0A, 0x7F, 1];

    [Theory]
    [InlineData("ConsentCheck/CheckUse", nameof(CheckUseRequest))]
    [InlineData("ConsentCheck/CheckBatch", nameof(CheckBatchRequest))]
    [InlineData("ConsentAudience/ScreenAudience", nameof(ScreenAudienceRequest))]
    [InlineData("ConsentAudience/WatchDecisions", nameof(WatchDecisionsRequest))]
    [InlineData("ConsentRegistry/RecordMember", nameof(RecordMemberRequest))]
    [InlineData("ConsentRegistry/ImportMembers", nameof(ImportMembersRequest))]
    public async Task Bytes_that_are_no_message_are_refused_as_that(string rpc, string type)
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await stage.StartAsync();
        var (status, message) = await CallAsync(instance, $"/belong.consent.v1.{rpc}", [0, 0, 0, 0, (byte)NoMessage.Length, .. NoMessage]);
        Assert.Equal(StatusCode.InvalidArgument, status);
        Assert.Equal($"message is 3 bytes that are no {type}: a message as the contract has it is required", message);
        Assert.Empty(stage.Warnings.Without());
    }

    /// <summary>It may say what the answer must not be without: a newer client on an older service is refused.</summary>
    [Fact]
    public async Task A_field_of_a_newer_contract_is_refused_wherever_it_stands()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await stage.StartFreshAsync();
        byte[] sound = new CheckUseRequest { MemberId = "M-1", Purposes = { Purpose.ServiceDelivery } }.ToByteArray();
        byte[] newer = [.. sound, 0xFA, 0x06, 1, (byte)'x'];
        const string sentence = "message is {0} bytes with a field that this version of {1} does not have: one without it is required, or a newer service";
        foreach (var (rpc, type, bytes) in new (string, string, byte[])[]
        {
            ("ConsentCheck/CheckUse", nameof(CheckUseRequest), newer),
            ("ConsentCheck/CheckBatch", nameof(CheckBatchRequest), [0x0A, (byte)(newer.Length + 2), 0x12, (byte)newer.Length, .. newer]),
            ("ConsentRegistry/GetRegister", nameof(GetRegisterRequest), [0x08, 1]),
        })
        {
            var (status, message) = await CallAsync(instance, $"/belong.consent.v1.{rpc}", [0, 0, 0, 0, (byte)bytes.Length, .. bytes]);
            Assert.Equal((StatusCode.InvalidArgument, string.Format(System.Globalization.CultureInfo.InvariantCulture, sentence, bytes.Length, type)), (status, message));
        }

        // What is known may be written in more bytes than are needed: a purpose apart from the list, an empty text.
        byte[] loose = [0x0A, 3, (byte)'M', (byte)'-', (byte)'1', 0x10, 1, 0x10, 1, 0x2A, 0];
        Assert.Equal(StatusCode.OK, (await CallAsync(instance, "/belong.consent.v1.ConsentCheck/CheckUse", [0, 0, 0, 0, (byte)loose.Length, .. loose])).Status);
    }

    [Theory]
    [InlineData("ConsentAudience/ScreenAudience")]
    [InlineData("ConsentRegistry/ImportMembers")]
    public async Task A_frame_that_is_none_ends_a_stream_and_is_no_failure_of_the_service(string rpc)
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await stage.StartAsync();
        var (status, message) = await CallAsync(instance, $"/belong.consent.v1.{rpc}", [7, 0, 0, 0, 0]);
        Assert.Equal(StatusCode.InvalidArgument, status);
        Assert.Contains("frames of gRPC are required", message, StringComparison.Ordinal);
        Assert.Empty(stage.Warnings.Without());
    }

    [Fact]
    public async Task A_stream_whose_first_message_does_not_come_is_ended()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await stage.StartAsync(settings =>
        {
            settings.Audience.IdleTimeoutSeconds = 1;
            settings.Registry.ImportIdleTimeoutSeconds = 1;
        });
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        using var screening = instance.Audience().ScreenAudience(cancellationToken: patience.Token);
        var idle = await Assert.ThrowsAsync<RpcException>(() => screening.ResponseStream.MoveNext(patience.Token));
        Assert.Equal((StatusCode.DeadlineExceeded, "no chunk came for 1 s, the longest that Consent:Audience:IdleTimeoutSeconds allows"), (idle.StatusCode, idle.Status.Detail));

        using var import = instance.Registry.ImportMembers(cancellationToken: patience.Token);
        var context = new Consent.V1.WriteContext { IdempotencyKey = "k", Actor = "desk" };
        await import.RequestStream.WriteAsync(new ImportMembersRequest { Header = new ImportHeader { Context = context } }, patience.Token);
        idle = await Assert.ThrowsAsync<RpcException>(() => import.ResponseAsync);
        Assert.Equal((StatusCode.DeadlineExceeded, "no member came for 1 s, the longest that Consent:Registry:ImportIdleTimeoutSeconds allows"), (idle.StatusCode, idle.Status.Detail));
    }

    [Fact]
    public async Task What_is_compressed_is_refused_before_it_can_grow()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await stage.StartAsync();
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            await gzip.WriteAsync(new CheckUseRequest { MemberId = "M-1", Purposes = { Purpose.ServiceDelivery } }.ToByteArray());
        }

        var bytes = packed.ToArray();
        var (status, _) = await CallAsync(instance, "/belong.consent.v1.ConsentCheck/CheckUse", [1, 0, 0, 0, (byte)bytes.Length, .. bytes], ("grpc-encoding", "gzip"));
        Assert.Equal(StatusCode.Unimplemented, status);
    }

    [Fact]
    public async Task Connections_above_the_limit_are_ended_and_those_within_are_served()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await stage.StartAsync(settings => settings.Limits.MaxConnections = 2);
        var port = new Uri(instance.App.Urls.First()).Port;
        using (var first = await ConnectAsync(port))
        using (await ConnectAsync(port))
        {
            using var third = await ConnectAsync(port);
            Assert.True(await IsEndedAsync(third));
            Assert.False(await IsEndedAsync(first));
            var metrics = await instance.Http.GetStringAsync("/metrics");
            Assert.Contains("consent_in_flight{limit=\"connections\"} 2", metrics, StringComparison.Ordinal);
            Assert.Contains("consent_refused_overload_total{limit=\"connections\"} 1", metrics, StringComparison.Ordinal);
        }

        await Waiting.UntilAsync(async () => (await instance.Http.GetStringAsync("/metrics")).Contains("consent_in_flight{limit=\"connections\"} 0", StringComparison.Ordinal));
        Assert.NotNull(await instance.UseAsync("M-1"));
    }

    [Fact]
    public async Task Health_is_open_to_all_and_bounded()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await stage.StartFreshAsync();
        var health = new Health.HealthClient(instance.Channel);
        await Waiting.UntilAsync(async () => (await health.CheckAsync(new HealthCheckRequest())).Status == HealthCheckResponse.Types.ServingStatus.Serving);
        var large = await Assert.ThrowsAsync<RpcException>(async () => await health.CheckAsync(new HealthCheckRequest { Service = new string('x', 5_000) }));
        Assert.Equal(StatusCode.ResourceExhausted, large.StatusCode);

        using var ending = new CancellationTokenSource();
        var watches = Enumerable.Range(0, 100).Select(_ => health.Watch(new HealthCheckRequest(), cancellationToken: ending.Token)).ToList();
        await Task.WhenAll(watches.Select(watch => watch.ResponseStream.MoveNext(default)));
        // A connection carries 100 streams, and they are taken.
        using var other = Grpc.Net.Client.GrpcChannel.ForAddress(instance.App.Urls.First());
        using var above = new Health.HealthClient(other).Watch(new HealthCheckRequest());
        var refused = await Assert.ThrowsAsync<RpcException>(() => above.ResponseStream.MoveNext(default));
        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, (await new Health.HealthClient(other).CheckAsync(new HealthCheckRequest())).Status);
        await ending.CancelAsync();
        watches.ForEach(watch => watch.Dispose());
        await Waiting.UntilAsync(async () => (await instance.Http.GetStringAsync("/metrics")).Contains("consent_in_flight{limit=\"health_watches\"} 0", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Headers_are_bounded()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await stage.StartAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => CallAsync(instance, "/belong.consent.v1.ConsentCheck/GetServerInfo", [0, 0, 0, 0, 0], ("x-large", new string('x', 10_000))));
        var (status, _) = await CallAsync(instance, "/belong.consent.v1.ConsentCheck/GetServerInfo", [0, 0, 0, 0, 0], ("x-large", new string('x', 8_200)));
        Assert.Equal(StatusCode.OK, status);
    }

    private static async Task<(StatusCode Status, string Message)> CallAsync(ServiceInstance instance, string path, byte[] body, params (string Name, string Value)[] headers)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(instance.App.Urls.First() + path))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.ContentType = new("application/grpc");
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        using var response = await client.SendAsync(request);
        response.EnsureSuccessStatusCode();
        await response.Content.ReadAsByteArrayAsync();
        var told = response.Headers.Contains("grpc-status") ? response.Headers : response.TrailingHeaders;
        var message = told.TryGetValues("grpc-message", out var values) ? Uri.UnescapeDataString(values.Single()) : "";
        return ((StatusCode)int.Parse(told.GetValues("grpc-status").Single(), System.Globalization.CultureInfo.InvariantCulture), message);
    }

    private static async Task<TcpClient> ConnectAsync(int port)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        await client.GetStream().WriteAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0"u8.ToArray());
        return client;
    }

    /// <summary>Reads what comes; false when the server says something or nothing for a while.</summary>
    private static async Task<bool> IsEndedAsync(TcpClient client)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        try
        {
            return await client.GetStream().ReadAsync(new byte[100], patience.Token) == 0;
        }
        catch (IOException)
        {
            return true;
        }
    }
}
