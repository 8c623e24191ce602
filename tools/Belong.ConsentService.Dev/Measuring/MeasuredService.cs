using Belong.Consent.V1;
using Belong.ConsentService.Database;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Rules;
using Belong.ConsentService.Testing;
using Grpc.Net.Client;
using Npgsql;
using NpgsqlTypes;

namespace Belong.ConsentService.Dev.Measuring;

/// <summary>The service as it runs by default, on stores of its own, filled with members to measure with.</summary>
internal sealed class MeasuredService : IAsyncDisposable
{
    public const int MemberCount = 10_000;

    private static readonly Instant Acquired = Instant.Parse("2024-05-01T09:30:00Z");

    private readonly WebApplication _host;
    private readonly GrpcChannel _channel;

    private MeasuredService(WebApplication host, NpgsqlDataSource database, ConsentSettings settings)
    {
        _host = host;
        Database = database;
        Settings = settings;
        _channel = GrpcChannel.ForAddress(host.Urls.First());
        Checks = new ConsentCheck.ConsentCheckClient(_channel);
        Audience = new ConsentAudience.ConsentAudienceClient(_channel);
    }

    public ConsentCheck.ConsentCheckClient Checks { get; }

    public ConsentAudience.ConsentAudienceClient Audience { get; }

    public NpgsqlDataSource Database { get; }

    public ConsentSettings Settings { get; }

    public FactsState State => _host.Services.GetRequiredService<FactsStateHolder>().Current;

    public static string MemberId(int number) => $"M{number:D7}";

    /// <summary>Facts of a member who may be sent direct mail.</summary>
    public static MemberFacts Plain { get; } = new()
    {
        AcquiredPolicyVersion = "v1",
        ServiceUses = [Acquired],
    };

    /// <summary>Facts of a member who opted out of it.</summary>
    public static MemberFacts OptedOut { get; } = Plain with
    {
        DmOptOuts = [new Rules.DmOptOut("opt-out", ChannelSet.All, Acquired, null)],
    };

    public static CheckUseRequest Ask(int number)
    {
        var request = new CheckUseRequest { MemberId = MemberId(number), Channel = Consent.V1.Channel.Postal };
        request.Purposes.Add(Consent.V1.Purpose.DirectMarketing);
        return request;
    }

    public static async Task<MeasuredService> StartAsync()
    {
        var postgres = await PostgresServer.SharedAsync();
        var redis = await RedisServer.SharedAsync();
        var connection = await postgres.CreateDatabaseAsync();
        var settings = new ConsentSettings
        {
            Listen = new ListenSettings { GrpcPort = 0, MetricsPort = 0 },
            Postgres = new PostgresSettings { ConnectionString = connection },
            Redis = new RedisSettings { Configuration = redis.Endpoint, Prefix = RedisServer.CreatePrefix() },
            DrainMs = 0,
        };
        var database = FactsDataSource.Create(connection);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var host = ConsentHost.Build(builder, settings);
        await host.StartAsync();
        await FillAsync(database);
        var service = new MeasuredService(host, database, settings);
        await WaitUntilAnsweringAsync(service.Checks);
        return service;
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _host.StopAsync();
        await _host.DisposeAsync();
        await Database.DisposeAsync();
    }

    internal static async Task FillAsync(NpgsqlDataSource database, int members = MemberCount)
    {
        var policy = new Rules.PolicyVersion("v1", Acquired, Acquired, Rules.PolicyChange.Initial, new PurposeSet(byte.MaxValue), false);
        await using var command = database.CreateCommand("""
            WITH policy AS (INSERT INTO policy_version (id, record) VALUES ('v1', $1))
            INSERT INTO member (id, facts)
            SELECT 'M' || lpad(number::text, 7, '0'), CASE WHEN number % 5 = 0 THEN $3 ELSE $2 END
            FROM generate_series(1, $4) number
            """);
        command.Parameters.Add(Json(FactsJson.Write(policy)));
        command.Parameters.Add(Json(FactsJson.Write(Plain)));
        command.Parameters.Add(Json(FactsJson.Write(OptedOut)));
        command.Parameters.Add(new NpgsqlParameter { Value = members });
        command.CommandTimeout = 600;
        await command.ExecuteNonQueryAsync();
    }

    public static NpgsqlParameter Json(byte[] value) => new() { Value = value, NpgsqlDbType = NpgsqlDbType.Jsonb };

    internal static async Task WaitUntilAnsweringAsync(ConsentCheck.ConsentCheckClient checks)
    {
        while (true)
        {
            var answer = await checks.CheckUseAsync(Ask(MemberCount - 1));
            if (answer.Decision is { Outcome: Consent.V1.Outcome.Allow, Basis.Source: FactsSource.Cache })
            {
                return;
            }

            await Task.Delay(50);
        }
    }
}
