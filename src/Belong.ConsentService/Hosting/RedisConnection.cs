using StackExchange.Redis;

namespace Belong.ConsentService.Hosting;

/// <summary>Opens the connection to Redis so that it comes back by itself and fails at once while it is gone.</summary>
internal static class RedisConnection
{
    public static IConnectionMultiplexer Open(string configuration)
    {
        var options = ConfigurationOptions.Parse(configuration);
        options.AbortOnConnectFail = false;
        // A command that waits for a connection would be late: PostgreSQL is asked instead.
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.ReconnectRetryPolicy = new LinearRetry(200);
        options.AllowAdmin = false;
        options.ClientName ??= "consent-service";
        return ConnectionMultiplexer.Connect(options);
    }
}
