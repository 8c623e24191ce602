using System.Net;
using Belong.Consent.V1;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Belong.ConsentService.Cli.Tests;

/// <summary>A service on loopback that answers as told and remembers what it was asked.</summary>
internal sealed class FakeService : IAsyncDisposable
{
    private readonly WebApplication _app;

    private FakeService(WebApplication app, Script script, AudienceScript audience) => (_app, Script, Audience) = (app, script, audience);

    public Script Script { get; }

    public AudienceScript Audience { get; }

    public string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    public static async Task<FakeService> StartAsync()
    {
        var (script, audience) = (new Script(), new AudienceScript());
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddSingleton(script);
        builder.Services.AddSingleton(audience);
        builder.Services.AddGrpc();
        var app = builder.Build();
        app.MapGrpcService<FakeCheck>();
        app.MapGrpcService<FakeRegistry>();
        app.MapGrpcService<FakeAudience>();
        await app.StartAsync();
        return new FakeService(app, script, audience);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}

/// <summary>What the fake answers, and what it was asked.</summary>
internal sealed class Script
{
    public Decision Decision { get; set; } = new();

    public Exception? Error { get; set; }

    public int AnswersLeftOut { get; set; }

    public bool NeverAnswers { get; set; }

    public List<IMessage> Requests { get; } = [];

    public List<string> Keys { get; } = [];

    public GetServerInfoResponse Info { get; set; } = new()
    {
        MaxBatchChecks = 10_000,
        MaxChunkMembers = 10_000,
        MaxMessageBytes = 4 * 1024 * 1024,
        ServerVersion = "1.0",
    };

    public bool ImportCompleted { get; set; }

    public Queue<GetMemberHistoryResponse> Pages { get; } = [];

    public Member Member { get; set; } = new();

    public async Task<T> AnswerAsync<T>(IMessage request, T answer, ServerCallContext context)
    {
        Requests.Add(request);
        Keys.Add(context.RequestHeaders.GetValue("authorization") ?? "");
        if (NeverAnswers)
        {
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
        }

        return Error is null ? answer : throw Error;
    }
}

internal sealed class FakeCheck(Script script) : ConsentCheck.ConsentCheckBase
{
    public override Task<CheckUseResponse> CheckUse(CheckUseRequest request, ServerCallContext context) =>
        script.AnswerAsync(request, new CheckUseResponse { Decision = script.Decision }, context);

    public override Task<CheckDisclosureResponse> CheckDisclosure(CheckDisclosureRequest request, ServerCallContext context) =>
        script.AnswerAsync(request, new CheckDisclosureResponse { Decision = script.Decision }, context);

    public override Task<CheckAnonymizedProvisionResponse> CheckAnonymizedProvision(
        CheckAnonymizedProvisionRequest request, ServerCallContext context) =>
        script.AnswerAsync(request, new CheckAnonymizedProvisionResponse { Decision = script.Decision }, context);

    public override Task<CheckBatchResponse> CheckBatch(CheckBatchRequest request, ServerCallContext context)
    {
        var answers = request.Checks.Select(check => new BatchAnswer { CorrelationId = check.CorrelationId, Decision = script.Decision });
        return script.AnswerAsync(request, new CheckBatchResponse { Answers = { answers.Skip(script.AnswersLeftOut) } }, context);
    }

    public override Task<GetServerInfoResponse> GetServerInfo(GetServerInfoRequest request, ServerCallContext context) =>
        script.AnswerAsync(request, script.Info, context);
}

internal sealed class FakeRegistry(Script script) : ConsentRegistry.ConsentRegistryBase
{
    public override Task<RecordMemberResponse> RecordMember(RecordMemberRequest request, ServerCallContext context) =>
        script.AnswerAsync(request, new RecordMemberResponse { FactsVersion = "TOKEN", MemberVersion = 7 }, context);

    public override Task<RecordRegisterResponse> RecordRegister(RecordRegisterRequest request, ServerCallContext context) =>
        script.AnswerAsync(request, new RecordRegisterResponse { FactsVersion = "TOKEN", RegisterVersion = 3 }, context);

    public override async Task<ImportMembersResponse> ImportMembers(
        IAsyncStreamReader<ImportMembersRequest> requestStream, ServerCallContext context)
    {
        var imported = 0;
        await foreach (var message in requestStream.ReadAllAsync(context.CancellationToken))
        {
            await script.AnswerAsync(message, 0, context);
            imported += message.MessageCase == ImportMembersRequest.MessageOneofCase.Member ? 1 : 0;
        }

        script.ImportCompleted = true;
        return new ImportMembersResponse { FactsVersion = "TOKEN", Imported = imported };
    }

    public override Task<GetMemberResponse> GetMember(GetMemberRequest request, ServerCallContext context) =>
        script.AnswerAsync(request, new GetMemberResponse { Member = script.Member }, context);

    public override Task<GetMemberHistoryResponse> GetMemberHistory(GetMemberHistoryRequest request, ServerCallContext context) =>
        script.AnswerAsync(request, script.Pages.Dequeue(), context);

    public override Task<GetRegisterResponse> GetRegister(GetRegisterRequest request, ServerCallContext context) =>
        script.AnswerAsync(request, new GetRegisterResponse { Version = 3, Vendors = { new Vendor { Id = "V-CARRIER" } } }, context);
}
