using Belong.Consent.V1;
using Belong.ConsentService.Cache;
using Belong.ConsentService.Freshness;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Testing.Mix;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Belong.ConsentService.Tests.Hosting;

/// <summary>One instance of the service in this process, and short ways to ask it.</summary>
internal sealed class ServiceInstance(WebApplication app, TimeProvider clock) : IAsyncDisposable
{
    public WebApplication App => app;

    public GrpcChannel Channel { get; private set; } = null!;

    public ConsentCheck.ConsentCheckClient Checks { get; private set; } = null!;

    public ConsentRegistry.ConsentRegistryClient Registry { get; private set; } = null!;

    /// <summary>The port of metrics and probes.</summary>
    public HttpClient Http { get; private set; } = null!;

    public FactsState State => Get<FactsStateHolder>().Current;

    public TimeSpan CacheAge => State.CacheAge(clock);

    public TimeSpan RegisterAge => State.RegisterAge(clock);

    public LookupCounters Counters => Get<LookupCounters>();

    public DatabaseReads Reads => Get<DatabaseReads>();

    public FactsCache Cache => Get<FactsCache>();

    public T Get<T>()
        where T : notnull => app.Services.GetRequiredService<T>();

    public void Open()
    {
        Channel = GrpcChannel.ForAddress(app.Urls.First());
        Checks = new ConsentCheck.ConsentCheckClient(Channel);
        Registry = new ConsentRegistry.ConsentRegistryClient(Channel);
        Http = new HttpClient { BaseAddress = new Uri(app.Urls.Last()) };
    }

    /// <summary>May the member be written to by e-mail for these purposes?</summary>
    public Task<Decision> UseAsync(string member, params Purpose[] purposes) => UseAsync(member, "", default, purposes);

    public async Task<Decision> UseAsync(string member, string token, CancellationToken cancellation, params Purpose[] purposes)
    {
        var request = new CheckUseRequest { MemberId = member, Channel = Consent.V1.Channel.Email, Options = new CheckOptions { MinFactsVersion = token } };
        request.Purposes.AddRange(purposes.Length == 0 ? [Purpose.ServiceDelivery] : purposes);
        return (await Checks.CheckUseAsync(request, cancellationToken: cancellation)).Decision;
    }

    public async Task<Decision> DiscloseAsync(CheckDisclosureRequest request) => (await Checks.CheckDisclosureAsync(request)).Decision;

    /// <summary>Records changes of a member and returns the token.</summary>
    public async Task<string> RecordAsync(string member, params MemberChange[] changes) => (await Registry.RecordMemberAsync(new RecordMemberRequest
    {
        Context = Context(),
        MemberId = member,
        Changes = { changes },
    })).FactsVersion;

    public async Task<string> RecordAsync(params RegisterChange[] changes) => (await Registry.RecordRegisterAsync(new RecordRegisterRequest
    {
        Context = Context(),
        Changes = { changes },
    })).FactsVersion;

    public Task<string> RecordPolicyAsync() => RecordAsync([.. DemoRegister.Changes]);

    /// <summary>What it knows of the feed and of the register stands still, as while it waits for a store.</summary>
    public Task FreezeAsync() => app.Services.GetServices<IHostedService>().OfType<FreshnessWorker>().Single().StopAsync(default);

    public Task ThawAsync() => app.Services.GetServices<IHostedService>().OfType<FreshnessWorker>().Single().StartAsync(default);

    public async ValueTask DisposeAsync()
    {
        Channel?.Dispose();
        Http?.Dispose();
        using var atOnce = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        await app.StopAsync(atOnce.Token);
        await app.DisposeAsync();
    }

    private static WriteContext Context() => new() { IdempotencyKey = Guid.NewGuid().ToString(), Actor = "desk-1" };
}
