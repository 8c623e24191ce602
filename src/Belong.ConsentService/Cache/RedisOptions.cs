using StackExchange.Redis;

namespace Belong.ConsentService.Cache;

/// <summary>How the service connects to Redis.</summary>
public static class RedisOptions
{
    private const int MaxReconnectMs = 2_000;
    private const int ConnectTimeoutMs = 3_000;
    private const int AnswerTimeoutMs = 3_000;
    private const int KeepAliveSeconds = 5;
    private const int RoleCheckSeconds = 5;

    /// <summary>Fails at once instead of queueing while disconnected, and starts without Redis too.</summary>
    public static ConfigurationOptions Parse(string connectionString)
    {
        var options = ConfigurationOptions.Parse(connectionString);
        options.AbortOnConnectFail = false;
        // Keys hold member ids, which belong in no log.
        options.IncludeDetailInExceptions = false;
        options.BacklogPolicy = BacklogPolicy.FailFast;
        // For INFO and CLUSTER NODES, which tell of a failover; nothing else of this kind is sent.
        options.AllowAdmin = true;
        options.ReconnectRetryPolicy = new ExponentialRetry(50, MaxReconnectMs);
        Hasten(options, connectionString);
        return options;
    }

    /// <summary>A server that hangs must not hold up the search for the one that takes its place. What is stated stays.</summary>
    private static void Hasten(ConfigurationOptions options, string stated)
    {
        options.ConnectTimeout = Names(stated, "connectTimeout") ? options.ConnectTimeout : ConnectTimeoutMs;
        options.SyncTimeout = Names(stated, "syncTimeout") ? options.SyncTimeout : AnswerTimeoutMs;
        options.AsyncTimeout = Names(stated, "asyncTimeout") ? options.AsyncTimeout : AnswerTimeoutMs;
        options.KeepAlive = Names(stated, "keepAlive") ? options.KeepAlive : KeepAliveSeconds;
        options.ConfigCheckSeconds = Names(stated, "configCheckSeconds") ? options.ConfigCheckSeconds : RoleCheckSeconds;
    }

    private static bool Names(string stated, string option) =>
        stated.Split(',', StringSplitOptions.TrimEntries).Any(part => part.StartsWith(option + "=", StringComparison.OrdinalIgnoreCase));
}
