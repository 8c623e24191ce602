using System.Net.Sockets;
using Belong.ConsentService.Hosting;
using Grpc.Core;
using Npgsql;

namespace Belong.ConsentService.Registry;

/// <summary>What errors of PostgreSQL mean to a caller.</summary>
internal static class StoreErrors
{
    private const string IdleInTransactionTimeout = "25P03";

    /// <summary>Another write was in the way: the same may succeed when tried again.</summary>
    public static bool IsConflict(Exception error) => error is PostgresException
    {
        SqlState: PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.UniqueViolation,
    };

    /// <summary>PostgreSQL cannot be reached, or is not there for us now.</summary>
    public static bool IsUnavailable(Exception error) => error switch
    {
        PostgresException answered => answered.IsTransient || answered.SqlState.StartsWith("57P", StringComparison.Ordinal)
            || answered.SqlState.StartsWith("53", StringComparison.Ordinal) || answered.SqlState.StartsWith("08", StringComparison.Ordinal)
            || answered.SqlState is PostgresErrorCodes.ReadOnlySqlTransaction or PostgresErrorCodes.QueryCanceled or IdleInTransactionTimeout,
        NpgsqlException or SocketException or TimeoutException => true,
        _ => false,
    };

    public static RpcException Unavailable() => Refusal.Of(StatusCode.Unavailable, "FACTS_UNAVAILABLE",
        "PostgreSQL cannot be reached or did not answer in time: whether a write was recorded is not known; repeat it with the same idempotency key");

    public static RpcException Restored() => Refusal.Of(StatusCode.Unavailable, "DATABASE_RESTORED",
        "PostgreSQL is not the server that was recorded: the feed has first to take note of a restore or a failover; nothing was written");

    public static RpcException Busy() => Refusal.Of(StatusCode.Aborted, "WRITE_CONFLICT",
        "Other writes were in the way too often: repeat this one with the same idempotency key");

    public static RpcException Internal() => Refusal.Of(StatusCode.Internal, "INTERNAL",
        "The registry failed in a way that was not foreseen; the cause is in its log");
}
