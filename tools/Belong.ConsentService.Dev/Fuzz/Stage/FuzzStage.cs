using System.Net;
using Belong.ConsentService.Database;
using Belong.ConsentService.Dev.Seeding;
using Belong.ConsentService.Testing;
using Grpc.Core;
using Grpc.Net.Client;
using Npgsql;

namespace Belong.ConsentService.Dev.Fuzz.Stage;

/// <summary>A service as a process of its own, with real stores and some members, which is about to have a bad time.</summary>
internal sealed class FuzzStage : IAsyncDisposable
{
    public const int Members = 500;
    private const int MemberSeed = 1;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly PostgresServer _postgres;
    private readonly RedisServer _redis;
    private readonly string _connectionString;

    private FuzzStage(PostgresServer postgres, RedisServer redis, string connectionString)
    {
        (_postgres, _redis, _connectionString) = (postgres, redis, connectionString);
        Database = FactsDataSource.Create(connectionString);
    }

    public NpgsqlDataSource Database { get; }

    public ServiceProcess Service { get; private set; } = null!;

    public StageCallers Callers { get; } = new();

    public HeapProbe Heap { get; } = new();

    public IPEndPoint Grpc => EndPointOf(Service.Address);

    public IPEndPoint Metrics => EndPointOf(Service.MetricsAddress);

    /// <summary>Of HTTP and JSON.</summary>
    public Uri HttpAddress { get; } = new UriBuilder(Uri.UriSchemeHttp, "127.0.0.1", LoopbackPort.FindFree()).Uri;

    /// <summary>What no answer may hold.</summary>
    public IEnumerable<string> Secrets
    {
        get
        {
            var database = new NpgsqlConnectionStringBuilder(_connectionString);
            return [.. StageCallers.Secrets, AppContext.BaseDirectory, database.Database!, Environment.MachineName is { Length: > 4 } name ? name : ""];
        }
    }

    public static async Task<FuzzStage> StartAsync(CancellationToken cancellation)
    {
        var postgres = await PostgresServer.StartPrivateAsync(cancellation);
        var redis = await RedisServer.StartPrivateAsync(cancellation);
        var stage = new FuzzStage(postgres, redis, await postgres.CreateDatabaseAsync(cancellation));
        try
        {
            await stage.StartServiceAsync(cancellation);
            await stage.SeedAsync(cancellation);
            return stage;
        }
        catch
        {
            await stage.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var owned in new IAsyncDisposable?[] { Service, Database, _redis, _postgres })
        {
            if (owned is not null)
            {
                await owned.DisposeAsync();
            }
        }

        Callers.Dispose();
        Heap.Dispose();
    }

    private static IPEndPoint EndPointOf(Uri address) => new(IPAddress.Parse(address.Host), address.Port);

    private async Task StartServiceAsync(CancellationToken cancellation)
    {
        Heap.Arm();
        try
        {
            // It logs as it does in production.
            Service = await ServiceProcess.StartAsync(Path.Combine(AppContext.BaseDirectory, "Belong.ConsentService.dll"),
            [
                $"Consent:Postgres:ConnectionString={_connectionString}",
                $"Consent:Redis:Configuration={_redis.Endpoint}",
                $"Consent:Listen:HttpPort={HttpAddress.Port}",
                "Logging:LogLevel:Default=Information",
                "Logging:LogLevel:Microsoft.AspNetCore=Warning",
                // A line for each write and each claim is as it must be.
                "Logging:LogLevel:Belong.ConsentService.Registry.WriteLog=Warning",
                "Logging:LogLevel:Belong.ConsentService.Checks.ExceptionClaims=Warning",
                .. Callers.Write(),
            ], cancellation);
        }
        finally
        {
            HeapProbe.Disarm();
        }
    }

    private async Task SeedAsync(CancellationToken cancellation)
    {
        using var channel = GrpcChannel.ForAddress(Service.Address);
        await new Seeder(channel, StageCallers.WriterSecret, TextWriter.Null, cancellation).RunAsync(new SeedPlan(MemberSeed, Members));
        var checks = new Consent.V1.ConsentCheck.ConsentCheckClient(channel);
        var request = new Consent.V1.CheckUseRequest { MemberId = "M0000001", Channel = Consent.V1.Channel.Postal, Purposes = { Consent.V1.Purpose.DirectMarketing } };
        var headers = new Metadata { { "authorization", StageCallers.Asker } };
        using var limit = new CancellationTokenSource(Patience);
        while ((await checks.CheckUseAsync(request, headers, cancellationToken: limit.Token)).Decision is not { Outcome: Consent.V1.Outcome.Allow, Basis.Source: Consent.V1.FactsSource.Cache })
        {
            await Task.Delay(50, limit.Token);
        }
    }
}
