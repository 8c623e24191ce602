using System.Net;
using Belong.Consent.V1;
using Belong.ConsentService.Cache;
using Grpc.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using StackExchange.Redis;

namespace Belong.ConsentService.Dev.Bench.Floor;

/// <summary>
/// What gRPC and Redis allow, hosted as the service is: one method that does nothing, and one that does one GET of the
/// very values that the service reads. Neither knows a caller, a limit, a metric or a rule.
/// </summary>
internal static class FloorHost
{
    /// <summary>Tells its address on standard output, and serves until standard input ends.</summary>
    /// <param name="redis">As the service is given it.</param>
    /// <param name="keys">What the key of a member begins with.</param>
    public static async Task RunAsync(string redis, string keys)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, 0, options => options.Protocols = HttpProtocols.Http2);
        });
        builder.Services.AddGrpc();
        await using var connection = await ConnectionMultiplexer.ConnectAsync(RedisOptions.Parse(redis));
        builder.Services.AddSingleton(new BareService(connection.GetDatabase(), System.Text.Encoding.UTF8.GetBytes(keys)));
        await using var host = builder.Build();
        host.MapGrpcService<BareService>();
        await host.StartAsync();
        Console.WriteLine(host.Urls.Single());
        while (await Console.In.ReadLineAsync() is not null)
        {
        }
    }

    private sealed class BareService(IDatabase redis, byte[] keys) : ConsentCheck.ConsentCheckBase
    {
        private readonly RedisKey _keys = keys;

        public override Task<CheckAnonymizedProvisionResponse> CheckAnonymizedProvision(CheckAnonymizedProvisionRequest request, ServerCallContext context) =>
            Task.FromResult(new CheckAnonymizedProvisionResponse { Decision = new Decision { Outcome = Outcome.Allow } });

        public override async Task<CheckUseResponse> CheckUse(CheckUseRequest request, ServerCallContext context)
        {
            using var lease = await redis.StringGetLeaseAsync(_keys.Append(request.MemberId));
            return lease is { Length: > 0 }
                ? new CheckUseResponse { Decision = new Decision { Outcome = Outcome.Allow } }
                : throw new RpcException(new Status(StatusCode.NotFound, "the value is missing"));
        }
    }
}
