using Belong.ConsentService.Database;
using Npgsql;

namespace Belong.ConsentService.Freshness;

/// <summary>What measures how old the facts are.</summary>
internal static class FreshnessServices
{
    private const string Key = "freshness";
    private const int PoolSize = 3;

    /// <summary>A server that hangs must not hold it up for longer than a step takes.</summary>
    private const int ConnectTimeoutSeconds = 2;

    /// <summary>With connections of its own: neither lookups nor writes must keep the age from being measured.</summary>
    public static void AddFreshness(this IServiceCollection services, string connectionString)
    {
        var own = new NpgsqlConnectionStringBuilder(connectionString) { MinPoolSize = 0, MaxPoolSize = PoolSize, Timeout = ConnectTimeoutSeconds }.ConnectionString;
        services.AddKeyedSingleton(Key, (provider, _) => FactsDataSource.Create(own, provider.GetRequiredService<ILoggerFactory>()));
        services.AddSingleton<StoreHealth>();
        services.AddSingleton<EnforcementDelay>();
        services.AddSingleton<PendingProbes>();
        services.AddSingleton<VouchedState>();
        services.AddHostedService(provider =>
        {
            var source = provider.GetRequiredKeyedService<NpgsqlDataSource>(Key);
            var database = new FactsDatabase(source, provider.GetRequiredService<ILogger<FactsDatabase>>());
            var probe = ActivatorUtilities.CreateInstance<DatabaseProbe>(provider, database, source);
            return ActivatorUtilities.CreateInstance<FreshnessWorker>(provider, database, probe);
        });
    }
}
