using StackExchange.Redis;

namespace Belong.ConsentService.Cache;

/// <summary>How the service connects to Redis.</summary>
public static class RedisOptions
{
    private const int MaxReconnectMs = 2_000;

    /// <summary>Fails at once instead of queueing while disconnected, and starts without Redis too.</summary>
    public static ConfigurationOptions Parse(string connectionString)
    {
        var options = ConfigurationOptions.Parse(connectionString);
        options.AbortOnConnectFail = false;
        // The feed asks INFO for the run ids of the servers; nothing else of this kind is sent.
        options.AllowAdmin = true;
        // Keys hold member ids, which belong in no log.
        options.IncludeDetailInExceptions = false;
        options.BacklogPolicy = BacklogPolicy.FailFast;
        // For INFO, which tells of a failover; nothing else that the library reserves for administrators is used.
        options.AllowAdmin = true;
        options.ReconnectRetryPolicy = new ExponentialRetry(50, MaxReconnectMs);
        return options;
    }
}
