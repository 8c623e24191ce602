using System.Net;
using Belong.Consent.V1;
using Belong.ConsentService.Access;
using Belong.ConsentService.Access.Tls;
using Belong.ConsentService.Database;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Registry;
using Belong.ConsentService.Tests.Database;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Belong.ConsentService.Tests.Registry;

/// <summary>The registry over gRPC on a database of its own. The caller is who its header says.</summary>
public class RegistryHost : FactsFixture
{
    private WebApplication _app = null!;
    private GrpcChannel _channel = null!;

    public RegistrySettings Settings { get; } = new();

    public ConsentRegistry.ConsentRegistryClient Client { get; private set; } = null!;

    public Erasures Erasures => _app.Services.GetRequiredService<Erasures>();

    public static Metadata Desk => As("desk", "write");

    public static Metadata As(string caller, string rights) => new() { { "x-caller", caller }, { "x-rights", rights } };

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        (_app, _channel) = await StartAsync(Source);
        Client = new ConsentRegistry.ConsentRegistryClient(_channel);
    }

    public override async Task DisposeAsync()
    {
        _channel.Dispose();
        await _app.DisposeAsync();
        await base.DisposeAsync();
    }

    /// <summary>A registry over another data source.</summary>
    public async Task<(WebApplication App, GrpcChannel Channel)> StartAsync(NpgsqlDataSource source)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(source);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(Settings);
        builder.Services.AddSingleton<Belong.ConsentService.Database.FactsDatabase>();
        builder.Services.AddSingleton<FactsStateHolder>();
        builder.Services.AddSingleton<MemberPseudonyms>();
        builder.Services.AddConsentRegistry();
        builder.Services.AddAccess(new ConsentSettings { Roles = ["feed"] }, new TlsHolder(new TlsSettings(), TimeProvider.System));
        var app = builder.Build();
        app.Use((http, next) =>
        {
            var facts = http.Request.Headers["x-rights"].ToString() == "write" ? FactSet.All : default;
            http.User = new Caller(http.Request.Headers["x-caller"].ToString()) { Facts = facts };
            return next(http);
        });
        app.MapGrpcService<RegistryService>();
        await app.StartAsync();
        return (app, GrpcChannel.ForAddress(app.Urls.Single()));
    }

    public async Task<RecordMemberResponse> RecordAsync(string member, string key, params MemberChange[] changes) =>
        await Client.RecordMemberAsync(Request(member, key, changes), Desk);

    public static RecordMemberRequest Request(string member, string key, params MemberChange[] changes) => new()
    {
        Context = Context(key),
        MemberId = member,
        Changes = { changes },
    };

    public static WriteContext Context(string key) => new() { IdempotencyKey = key, Actor = "desk-1", Reason = "asked by telephone" };

    public async Task<Member> GetAsync(string member) => (await Client.GetMemberAsync(new GetMemberRequest { MemberId = member }, Desk)).Member;

    public async Task<IReadOnlyList<HistoryEntry>> HistoryAsync(string member) =>
        (await Client.GetMemberHistoryAsync(new GetMemberHistoryRequest { MemberId = member, PageSize = 1_000 }, Desk)).Entries;
}
