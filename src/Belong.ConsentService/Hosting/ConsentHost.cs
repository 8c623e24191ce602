using System.Net;
using Belong.ConsentService.Cache;
using Belong.ConsentService.Checks;
using Belong.ConsentService.Database;
using Belong.ConsentService.Feed;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Registry;
using Belong.ConsentService.Rules;
using Grpc.HealthCheck;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Npgsql;
using Prometheus;
using StackExchange.Redis;

namespace Belong.ConsentService.Hosting;

/// <summary>Puts the rooms together: registry, database, feed, cache, lookup, checks.</summary>
public static class ConsentHost
{
    private const int MaxMessageBytes = 1024 * 1024;

    /// <summary>Reads the settings from appsettings.json, the environment and the command line.</summary>
    /// <exception cref="InvalidSettingsException">Names everything that is wrong.</exception>
    public static ConsentSettings ReadSettings(IConfiguration configuration)
    {
        var settings = new ConsentSettings();
        var section = configuration.GetSection("Consent");
        if (section.GetSection("Roles").Exists())
        {
            settings.Roles = [];
        }

        try
        {
            section.Bind(settings, options => options.ErrorOnUnknownConfiguration = true);
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidSettingsException([e.InnerException is { } inner ? $"{e.Message} {inner.Message}" : e.Message]);
        }

        var errors = SettingsValidator.FindErrors(settings);
        return errors.Count == 0 ? settings : throw new InvalidSettingsException(errors);
    }

    public static WebApplication Build(WebApplicationBuilder builder, ConsentSettings settings, TimeProvider? time = null)
    {
        builder.WebHost.ConfigureKestrel(kestrel => Listen(kestrel, settings.Listen));
        AddStores(builder.Services, settings, time ?? TimeProvider.System);
        if (settings.Serves)
        {
            AddServing(builder.Services, settings);
        }

        if (settings.Feeds)
        {
            AddFeeding(builder.Services, settings);
        }

        var app = builder.Build();
        Map(app, settings);
        return app;
    }

    private static void Listen(KestrelServerOptions kestrel, ListenSettings listen)
    {
        kestrel.AddServerHeader = false;
        var address = IPAddress.Parse(listen.Address);
        kestrel.Listen(address, listen.GrpcPort, options => options.Protocols = HttpProtocols.Http2);
        kestrel.Listen(address, listen.MetricsPort, options => options.Protocols = HttpProtocols.Http1);
    }

    private static void AddStores(IServiceCollection services, ConsentSettings settings, TimeProvider time)
    {
        services.AddSingleton(settings);
        services.AddSingleton(time);
        services.AddSingleton(NpgsqlDataSource.Create(settings.Postgres.ConnectionString));
        services.AddSingleton<FactsDatabase>();
        services.AddSingleton(_ => RedisConnection.Open(settings.Redis.Configuration));
        services.AddSingleton(provider => new FactsCache(provider.GetRequiredService<IConnectionMultiplexer>(), settings.Redis.Prefix));
        services.AddSingleton(_ => new ConsentMetrics(Metrics.NewCustomRegistry()));
        services.AddHostedService<SchemaWorker>();
        services.AddSingleton<HealthServiceImpl>();
        services.AddSingleton<Readiness>();
        services.AddHostedService<ReadinessWorker>();
    }

    private static void AddServing(IServiceCollection services, ConsentSettings settings)
    {
        services.AddSingleton<Callers>();
        services.AddSingleton(new FreshnessBounds(
            TimeSpan.FromMilliseconds(settings.Freshness.SensitiveBoundMs), TimeSpan.FromMilliseconds(settings.Freshness.OtherBoundMs)));
        services.AddSingleton(new LookupSettings
        {
            MaxConcurrentDatabaseReads = settings.Postgres.MaxConcurrentLookups,
            DatabaseTimeout = TimeSpan.FromMilliseconds(settings.Postgres.LookupTimeoutMs),
            CacheTimeout = TimeSpan.FromMilliseconds(settings.Redis.LookupTimeoutMs),
            ProbeInterval = TimeSpan.FromMilliseconds(settings.Freshness.ProbeMs),
        });
        services.AddSingleton<FactsStateHolder>();
        services.AddSingleton<LookupCounters>();
        services.AddSingleton<DatabaseReads>();
        services.AddSingleton<FactsLookup>();
        services.AddHostedService<FreshnessWorker>();
        services.AddSingleton<Checker>();
        services.AddSingleton<ConsentCheckService>();
        services.AddGrpc(options => options.MaxReceiveMessageSize = MaxMessageBytes);
        if (settings.Reflection)
        {
            services.AddGrpcReflection();
        }
    }

    private static void Map(WebApplication app, ConsentSettings settings)
    {
        app.MapWhen(http => http.Request.Protocol != HttpProtocol.Http2, Probes.Map);
        app.UseMiddleware<CallerMiddleware>();
        app.UseRouting();
        app.MapGrpcService<HealthServiceImpl>();
        if (settings.Serves)
        {
            app.MapGrpcService<ConsentCheckService>();
            app.MapGrpcService<RegistryService>();
            if (settings.Reflection)
            {
                app.MapGrpcReflectionService();
            }
        }
    }
}

/// <summary>The settings cannot be used.</summary>
public sealed class InvalidSettingsException(IReadOnlyList<string> errors)
    : Exception(string.Join(Environment.NewLine, errors))
{
    public IReadOnlyList<string> Errors { get; } = errors;
}
