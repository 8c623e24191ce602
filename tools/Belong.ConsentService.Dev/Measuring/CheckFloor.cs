using System.Net;
using Belong.Consent.V1;
using Belong.ConsentService.Cache;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using StackExchange.Redis;

namespace Belong.ConsentService.Dev.Measuring;

/// <summary>The floor: a bare gRPC method that does one GET in Redis of a value of the same size, and nothing else.</summary>
internal sealed class CheckFloor : IAsyncDisposable
{
    private readonly WebApplication _host;
    private readonly GrpcChannel _channel;

    private CheckFloor(WebApplication host)
    {
        _host = host;
        _channel = GrpcChannel.ForAddress(host.Urls.First());
        Checks = new ConsentCheck.ConsentCheckClient(_channel);
    }

    public ConsentCheck.ConsentCheckClient Checks { get; }

    public static async Task<CheckFloor> StartAsync(MeasuredService service)
    {
        var redis = await ConnectionMultiplexer.ConnectAsync(RedisOptions.Parse(service.Settings.Redis.Configuration));
        var value = MemberValue.Encode(MeasuredService.MemberId(1), MeasuredService.Plain with { Version = 1 });
        var database = redis.GetDatabase();
        for (var i = 1; i <= MeasuredService.MemberCount; i++)
        {
            database.StringSet(BareService.Key(MeasuredService.MemberId(i)), value, flags: CommandFlags.FireAndForget);
        }

        await database.PingAsync();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, options => options.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton<IConnectionMultiplexer>(redis);
        builder.Services.AddSingleton<BareService>();
        var host = builder.Build();
        host.MapGrpcService<BareService>();
        await host.StartAsync();
        return new CheckFloor(host);
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _host.StopAsync();
        await _host.DisposeAsync();
    }

    private sealed class BareService(IConnectionMultiplexer redis) : ConsentCheck.ConsentCheckBase
    {
        private readonly IDatabase _database = redis.GetDatabase();

        public static string Key(string member) => $"floor:{member}";

        public override async Task<CheckUseResponse> CheckUse(CheckUseRequest request, ServerCallContext context)
        {
            using var lease = await _database.StringGetLeaseAsync(Key(request.MemberId));
            return lease is { Length: > 0 }
                ? new CheckUseResponse { Decision = new Decision { Outcome = Outcome.Allow } }
                : throw new RpcException(new Status(StatusCode.NotFound, "the value is missing"));
        }
    }
}
