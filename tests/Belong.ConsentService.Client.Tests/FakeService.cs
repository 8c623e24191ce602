using System.Net;
using System.Security.Cryptography.X509Certificates;
using Belong.Consent.V1;
using Belong.ConsentService.Cli.Tests;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.HealthCheck;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ServingStatus = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Belong.ConsentService.Client.Tests;

/// <summary>A service on loopback that answers, lies and refuses as told, and remembers what it was asked.</summary>
internal sealed class FakeService : IAsyncDisposable
{
    private readonly WebApplication _app;

    private FakeService(WebApplication app) => _app = app;

    public Script Script => _app.Services.GetRequiredService<Script>();

    public AudienceScript Audience => _app.Services.GetRequiredService<AudienceScript>();

    public string Address => _app.Urls.Single();

    public int Port => new Uri(Address).Port;

    public static async Task<FakeService> StartAsync(X509Certificate2? certificate = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            if (certificate is not null)
            {
                listen.UseHttps(https =>
                {
                    https.ServerCertificate = certificate;
                    https.ClientCertificateMode = Microsoft.AspNetCore.Server.Kestrel.Https.ClientCertificateMode.AllowCertificate;
                    https.AllowAnyClientCertificate();
                });
            }
        }));
        builder.Services.AddSingleton(new Script());
        builder.Services.AddSingleton(new AudienceScript { HeartbeatEvery = TimeSpan.FromMilliseconds(20) });
        builder.Services.AddSingleton<HealthServiceImpl>();
        builder.Services.AddGrpc();
        var app = builder.Build();
        app.MapGrpcService<FakeCheck>();
        app.MapGrpcService<FakeRegistry>();
        app.MapGrpcService<FakeAudience>();
        app.MapGrpcService<HealthServiceImpl>();
        var fake = new FakeService(app);
        fake.Say(ServingStatus.Serving);
        await app.StartAsync();
        return fake;
    }

    public void Say(ServingStatus status) => _app.Services.GetRequiredService<HealthServiceImpl>().SetStatus("", status);

    public ConsentClient Open(Action<ConsentClientOptions>? configure = null, TimeProvider? clock = null)
    {
        var options = new ConsentClientOptions { Addresses = [Address], Timeout = TimeSpan.FromSeconds(30) };
        configure?.Invoke(options);
        return new ConsentClient(options, clock);
    }

    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _app.StopAsync(atOnce.Token);
        await _app.DisposeAsync();
    }
}

/// <summary>What the fake answers, and what it was asked.</summary>
internal sealed class Script
{
    private readonly Lock _lock = new();

    public Func<Decision> Decide { get; set; } = () => Decisions.Allow();

    /// <summary>What comes instead of the answers of a batch.</summary>
    public Action<CheckBatchResponse> Tamper { get; set; } = static _ => { };

    /// <summary>Each ends a call.</summary>
    public Queue<Exception> Refusals { get; } = new();

    public List<IMessage> Requests { get; } = [];

    public List<string> Authorizations { get; } = [];

    public List<string> Certificates { get; } = [];

    public GetServerInfoResponse Info { get; set; } = new() { MaxBatchChecks = 10_000, MaxChunkMembers = 10_000, MaxMessageBytes = 4 * 1024 * 1024 };

    public T Answer<T>(IMessage request, ServerCallContext context, Func<T> answer)
    {
        lock (_lock)
        {
            Requests.Add(request);
            Authorizations.Add(context.RequestHeaders.GetValue("authorization") ?? "");
            Certificates.Add(context.GetHttpContext().Connection.ClientCertificate?.Subject ?? "");
            return Refusals.TryDequeue(out var refusal) ? throw refusal : answer();
        }
    }

    public static RpcException Refusal(StatusCode code, string reason, TimeSpan? retryAfter = null)
    {
        var status = new Google.Rpc.Status { Code = (int)code, Message = "no", Details = { Any.Pack(new ErrorInfo { Reason = reason, Domain = "consent.belong" }) } };
        if (retryAfter is { } wait)
        {
            status.Details.Add(Any.Pack(new RetryInfo { RetryDelay = Duration.FromTimeSpan(wait) }));
        }

        return status.ToRpcException();
    }
}

internal sealed class FakeCheck(Script script) : ConsentCheck.ConsentCheckBase
{
    public override Task<CheckUseResponse> CheckUse(CheckUseRequest request, ServerCallContext context) =>
        Task.FromResult(script.Answer(request, context, () => new CheckUseResponse { Decision = script.Decide() }));

    public override Task<CheckDisclosureResponse> CheckDisclosure(CheckDisclosureRequest request, ServerCallContext context) =>
        Task.FromResult(script.Answer(request, context, () => new CheckDisclosureResponse { Decision = script.Decide() }));

    public override Task<CheckBatchResponse> CheckBatch(CheckBatchRequest request, ServerCallContext context) => Task.FromResult(script.Answer(request, context, () =>
    {
        var response = new CheckBatchResponse();
        response.Answers.AddRange(request.Checks.Select(check => new BatchAnswer { CorrelationId = check.CorrelationId, Decision = script.Decide() }));
        script.Tamper(response);
        return response;
    }));

    public override Task<GetServerInfoResponse> GetServerInfo(GetServerInfoRequest request, ServerCallContext context) => Task.FromResult(script.Info);
}

internal sealed class FakeRegistry(Script script) : ConsentRegistry.ConsentRegistryBase
{
    public override Task<RecordMemberResponse> RecordMember(RecordMemberRequest request, ServerCallContext context) =>
        Task.FromResult(script.Answer(request, context, () => new RecordMemberResponse { FactsVersion = "TOKEN" }));
}
