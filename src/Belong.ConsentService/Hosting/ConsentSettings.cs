using Belong.ConsentService.Access;
using Belong.ConsentService.Access.Tls;
using Belong.ConsentService.Audience;
using Belong.ConsentService.Audit;
using Belong.ConsentService.Checks;
using Belong.ConsentService.Feed;
using Belong.ConsentService.Overload;
using Belong.ConsentService.Registry;
using Belong.ConsentService.Tracing;
using Belong.ConsentService.Warming;

namespace Belong.ConsentService.Hosting;

/// <summary>All settings, from appsettings.json and the environment (<c>Consent__Postgres__ConnectionString</c> and so on).</summary>
public sealed class ConsentSettings
{
    /// <summary>The probe of freshness, the register, the migrations, the erasures that fall due, the grants.</summary>
    private const int BackgroundConnections = 5;

    /// <summary>What this instance does: <c>serve</c> answers checks and records, <c>feed</c> fills the cache.</summary>
    public string[] Roles { get; set; } = ["serve", "feed"];

    public ListenSettings Listen { get; set; } = new();

    public PostgresSettings Postgres { get; set; } = new();

    public RedisSettings Redis { get; set; } = new();

    public FreshnessSettings Freshness { get; set; } = new();

    public FeedSettings Feed { get; set; } = new();

    public AuditSettings Audit { get; set; } = new();

    public AudienceSettings Audience { get; set; } = new();

    public RegistrySettings Registry { get; set; } = new();

    public LimitSettings Limits { get; set; } = new();

    public WarmUpSettings WarmUp { get; set; } = new();

    public TraceSettings Traces { get; set; } = new();

    public AccessSettings Access { get; set; } = new();

    /// <summary>Lets tools of callers list the RPCs.</summary>
    public bool Reflection { get; set; } = true;

    /// <summary>How long the instance goes on answering after it has said that it stops serving: until whoever balances has seen it.</summary>
    public int DrainMs { get; set; } = 5_000;

    /// <summary>Connections that may be used at once for reads, calls, imports and watches, and by what runs in the background.</summary>
    public int PoolSize => Postgres.MaxConcurrentLookups + Limits.MaxConcurrentRegistryCalls + Limits.MaxConcurrentImports + Limits.MaxConcurrentWatches
        + OtherConnections;

    /// <summary>Those of them that no setting changes.</summary>
    internal static int OtherConnections => ExceptionClaims.MaxConcurrent + BackgroundConnections;

    public bool Serves => Roles.Contains("serve", StringComparer.Ordinal);

    public bool Feeds => Roles.Contains("feed", StringComparer.Ordinal);
}

public sealed class ListenSettings
{
    /// <summary>The address to listen on.</summary>
    public string Address { get; set; } = "127.0.0.1";

    /// <summary>gRPC (HTTP/2); 0 takes a free port.</summary>
    public int GrpcPort { get; set; } = 5080;

    /// <summary>Metrics and probes (HTTP/1.1); 0 takes a free port.</summary>
    public int MetricsPort { get; set; } = 5081;

    /// <summary>HTTP and JSON (HTTP/1.1), under the same guards as gRPC; 0 takes a free port. Null: there is none.</summary>
    public int? HttpPort { get; set; }

    /// <summary>Of the gRPC port, and of that of HTTP and JSON.</summary>
    public TlsSettings Tls { get; set; } = new();
}

public sealed class PostgresSettings
{
    public string ConnectionString { get; set; } = "";

    /// <summary>For the feed, which needs connections that no pooler stands in. Empty: the same.</summary>
    public string FeedConnectionString { get; set; } = "";

    /// <summary>How many members may be read at once when the cache cannot answer; above it a check is refused.</summary>
    public int MaxConcurrentLookups { get; set; } = 64;

    /// <summary>The longest wait for one read on behalf of a check.</summary>
    public int LookupTimeoutMs { get; set; } = 1_000;
}

public sealed class RedisSettings
{
    /// <summary>Addresses and options as StackExchange.Redis reads them.</summary>
    public string Configuration { get; set; } = "";

    /// <summary>The start of every key.</summary>
    public string Prefix { get; set; } = "c";

    /// <summary>The longest wait for one read on behalf of a check, before PostgreSQL is asked.</summary>
    public int LookupTimeoutMs { get; set; } = 100;
}

public sealed class FreshnessSettings
{
    /// <summary>Rule 4: third parties and purposes 3 to 5.</summary>
    public int SensitiveBoundMs { get; set; } = 60_000;

    /// <summary>Rule 4: all else.</summary>
    public int OtherBoundMs { get; set; } = 900_000;

    /// <summary>How often the age of the facts is measured.</summary>
    public int ProbeMs { get; set; } = 500;
}
