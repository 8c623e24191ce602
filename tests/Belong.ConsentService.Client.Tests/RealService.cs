using Belong.Consent.V1;
using Belong.ConsentService.Testing;
using Belong.ConsentService.Testing.Mix;
using Npgsql;

namespace Belong.ConsentService.Client.Tests;

/// <summary>Two instances of the service as processes, on PostgreSQL and Redis, with the vendors and members of the demonstration.</summary>
public sealed class RealService : IAsyncLifetime
{
    public const int Members = 3_000;

    private readonly List<IAsyncDisposable> _owned = [];

    public ServiceProcess[] Processes { get; private set; } = [];

    /// <summary>Before PostgreSQL and Redis.</summary>
    public CuttableProxy[] Stores { get; private set; } = [];

    public async Task InitializeAsync()
    {
        var (postgres, redis) = (await PostgresServer.SharedAsync(), await RedisServer.SharedAsync());
        Stores = [CuttableProxy.Start(postgres.Port), CuttableProxy.Start(redis.Port)];
        _owned.AddRange(Stores);
        var connection = new NpgsqlConnectionStringBuilder(await postgres.CreateDatabaseAsync()) { Host = "127.0.0.1", Port = Stores[0].Port }.ConnectionString;
        string[] settings =
        [
            $"Consent:Postgres:ConnectionString={connection}", $"Consent:Redis:Configuration={Stores[1].Endpoint}",
            $"Consent:Redis:Prefix={RedisServer.CreatePrefix()}", "Consent:DrainMs=1000", "Consent:WarmUp:MaxMs=500",
        ];
        var program = Path.Combine(AppContext.BaseDirectory, "Belong.ConsentService.dll");
        Processes = await Task.WhenAll(ServiceProcess.StartAsync(program, settings), ServiceProcess.StartAsync(program, settings));
        _owned.AddRange(Processes);
        using var client = Open();
        await client.RecordRegisterAsync(new RecordRegisterRequest { Context = Context(), Changes = { DemoRegister.Changes } });
        using var import = new ConsentRegistry.ConsentRegistryClient(client.CallInvoker).ImportMembers();
        await import.RequestStream.WriteAsync(new ImportMembersRequest { Header = new ImportHeader { Context = Context() } });
        foreach (var member in MemberMix.Generate(1, Members))
        {
            await import.RequestStream.WriteAsync(new ImportMembersRequest { Member = new ImportedMember { MemberId = member.Id, Changes = { member.Changes } } });
        }

        await import.RequestStream.CompleteAsync();
        await import.ResponseAsync;
    }

    public ConsentClient Open(Action<ConsentClientOptions>? configure = null)
    {
        var options = new ConsentClientOptions { Addresses = [.. Processes.Select(process => process.Address.OriginalString)], Timeout = TimeSpan.FromSeconds(30) };
        configure?.Invoke(options);
        return new ConsentClient(options);
    }

    public static WriteContext Context() => new() { IdempotencyKey = Guid.NewGuid().ToString("N"), Actor = "test" };

    public async Task DisposeAsync()
    {
        foreach (var owned in _owned.AsEnumerable().Reverse())
        {
            await owned.DisposeAsync();
        }
    }
}
