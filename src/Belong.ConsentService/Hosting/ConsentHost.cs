using System.Net;
using Belong.ConsentService.Access;
using Belong.ConsentService.Access.Tls;
using Belong.ConsentService.Audience;
using Belong.ConsentService.Audit;
using Belong.ConsentService.Cache;
using Belong.ConsentService.Checks;
using Belong.ConsentService.Database;
using Belong.ConsentService.Feed;
using Belong.ConsentService.Freshness;
using Belong.ConsentService.Http;
using Belong.ConsentService.Lookup;
using Belong.ConsentService.Overload;
using Belong.ConsentService.Registry;
using Belong.ConsentService.Rules;
using Belong.ConsentService.Tracing;
using Belong.ConsentService.Warming;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Npgsql;
using Prometheus;

namespace Belong.ConsentService.Hosting;

/// <summary>Puts the rooms together: registry, database, feed, cache, lookup, checks.</summary>
public static class ConsentHost
{
    /// <summary>A batch of 10,000 checks that name all they can stays below it.</summary>
    internal const int MaxMessageBytes = 4 * 1024 * 1024;
    private const int ErasurePageSize = 100;
    private const string FeedKey = "feed";
    private static readonly TimeSpan PingAfter = TimeSpan.FromSeconds(30);

    /// <summary>After the drain. Both together stay below the 30 s that Kubernetes gives a process unless told otherwise.</summary>
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(15);

    /// <summary>Reads the settings from appsettings.json, the environment and the command line.</summary>
    /// <exception cref="InvalidSettingsException">Names everything that is wrong.</exception>
    public static ConsentSettings ReadSettings(IConfiguration configuration)
    {
        var section = configuration.GetSection("Consent");
        var faults = SettingsShape.FindErrors(section, typeof(ConsentSettings));
        var sound = section.AsEnumerable(makePathsRelative: true).Where(entry => entry.Value is not null && !faults.ContainsKey($"Consent:{entry.Key}"));
        var settings = new ConsentSettings();
        if (section.GetSection("Roles").Exists())
        {
            settings.Roles = [];
        }

        new ConfigurationBuilder().AddInMemoryCollection(sound).Build().Bind(settings);
        string[] errors = [.. faults.Values, .. SettingsValidator.FindErrors(settings)];
        return errors.Length == 0 ? settings : throw new InvalidSettingsException(errors);
    }

    public static WebApplication Build(WebApplicationBuilder builder, ConsentSettings settings, TimeProvider? time = null) =>
        Build(builder, settings, time ?? TimeProvider.System, typeof(CallGate));

    /// <param name="gate">The middleware that stands before every RPC.</param>
    internal static WebApplication Build(WebApplicationBuilder builder, ConsentSettings settings, TimeProvider time, Type gate)
    {
        // Npgsql logs each command at Information.
        builder.Logging.AddFilter("Npgsql", LogLevel.Warning);
        // And gRPC each refusal, whose sentence may name a member.
        builder.Logging.AddFilter("Grpc", LogLevel.Warning);
        // And as errors what only comes of callers that have gone. What fails in a service, the service logs.
        builder.Logging.AddFilter("Grpc.AspNetCore.Server.ServerCallHandler", LogLevel.None);
        builder.Logging.AddFilter("Grpc.AspNetCore.Grpc.JsonTranscoding", LogLevel.None);
        // And as warnings, with a stack trace, connections whose bytes it did not expect: whoever sends them must not fill the log.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Error);
        // A transaction that cannot be taken back: what failed before it is told where it is handled.
        builder.Logging.AddFilter("Npgsql.Transaction", LogLevel.None);
        // With it ASP.NET would begin an activity and a log scope for each request, which nobody reads.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        var tls = new TlsHolder(settings.Listen.Tls, time);
        if (settings.Listen.Tls.IsOn)
        {
            tls.Load();
        }

        builder.WebHost.ConfigureKestrel(kestrel => Listen(kestrel, settings.Listen, tls));
        AddStores(builder.Services, settings, time);
        builder.Services.AddAccess(settings, tls);
        if (settings.Serves)
        {
            AddServing(builder.Services, settings);
        }

        if (settings.Feeds)
        {
            AddFeeding(builder.Services, settings);
        }

        var app = builder.Build();
        MetricsCollector.Register(app.Services);
        Map(app, settings, gate);
        return app;
    }

    private static void Listen(KestrelServerOptions kestrel, ListenSettings listen, TlsHolder tls)
    {
        kestrel.AddServerHeader = false;
        // A caller that vanished without a word must not hold its place: ASP.NET would wait for ever.
        kestrel.Limits.Http2.KeepAlivePingDelay = PingAfter;
        EndpointLimits.Apply(kestrel.Limits);
        var address = IPAddress.Parse(listen.Address);
        kestrel.Listen(address, listen.GrpcPort, options =>
        {
            options.Protocols = HttpProtocols.Http2;
            EndpointLimits.Limit(options, limits => limits.Connections);
            if (listen.Tls.IsOn)
            {
                options.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(tls.ForConnection()) });
            }
        });
        if (listen.HttpPort is { } httpPort)
        {
            kestrel.Listen(address, httpPort, options => ListenForJson(options, listen, tls));
        }

        kestrel.Listen(address, listen.MetricsPort, options =>
        {
            options.Protocols = HttpProtocols.Http1;
            EndpointLimits.Limit(options, limits => limits.MetricsConnections);
        });
    }

    private static void ListenForJson(ListenOptions options, ListenSettings listen, TlsHolder tls)
    {
        options.Protocols = HttpProtocols.Http1;
        EndpointLimits.Limit(options, limits => limits.HttpConnections);
        options.Use(next => connection =>
        {
            connection.Features.Set(JsonConnection.Mark);
            return next(connection);
        });
        if (listen.Tls.IsOn)
        {
            options.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(tls.ForHttpConnection()) });
        }
    }

    private static void AddStores(IServiceCollection services, ConsentSettings settings, TimeProvider time)
    {
        services.AddSingleton(settings);
        services.AddSingleton(time);
        services.AddSingleton(provider => FactsDataSource.Create(settings.Postgres.ConnectionString, provider.GetRequiredService<ILoggerFactory>(), settings.PoolSize));
        services.AddSingleton<FactsDatabase>();
        services.AddSingleton(new CacheSettings { Prefix = settings.Redis.Prefix });
        services.AddSingleton(settings.Registry);
        services.AddSingleton(_ => new ConsentMetrics(Metrics.NewCustomRegistry(), settings.Traces.IsOn));
        services.AddSingleton<MemberPseudonyms>();
        services.AddConsentRegistry();
        services.AddHostedService<SchemaWorker>();
        services.AddSingleton<Drain>();
        services.AddSingleton<HealthBoard>();
        services.AddSingleton<HealthService>();
        services.AddSingleton<Readiness>();
        services.AddHostedService<ReadinessWorker>();
        if (settings.Traces.IsOn)
        {
            TraceExport.Add(services, settings.Traces);
        }

        services.AddSingleton(new EndpointLimits(settings.Limits));
        var grpc = services.AddGrpc(options => options.MaxReceiveMessageSize = MaxMessageBytes);
        EndpointLimits.Apply(grpc);
        if (settings.Listen.HttpPort is not null)
        {
            services.AddSingleton<JsonDoorHolder>();
            grpc.AddJsonTranscoding(options =>
            {
                options.TypeRegistry = JsonAnswers.Details;
                // As the JSON of protobuf is defined: what is not set is left out, and 64 bits do not fit a number of JSON.
                options.JsonSettings = new() { IgnoreDefaultValues = true, WriteInt64sAsStrings = true };
            });
        }

        services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromMilliseconds(settings.DrainMs) + StopTimeout);
    }

    private static void AddServing(IServiceCollection services, ConsentSettings settings)
    {
        services.AddSingleton(_ => RedisConnection.Open(settings.Redis.Configuration));
        services.AddSingleton<FactsCache>();
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
        services.AddSingleton<Lineage>();
        services.AddSingleton<LookupCounters>();
        services.AddSingleton(new CallLimits(settings.Limits));
        services.AddSingleton<CacheBreaker>();
        services.AddSingleton<CacheFills>();
        services.AddSingleton<FactsFilling>();
        services.AddSingleton<DatabaseReads>();
        services.AddSingleton<FactsLookup>();
        services.AddSingleton<BulkLane>();
        services.AddSingleton<BulkLookup>();
        services.AddFreshness(settings.Postgres.ConnectionString);
        services.AddSingleton<CheckAdmission>();
        services.AddSingleton<Checker>();
        services.AddSingleton<BatchChecker>();
        services.AddSingleton<CallErrors>();
        services.AddSingleton<ExceptionClaims>();
        services.AddSingleton<ServerInfo>();
        services.AddSingleton<ConsentCheckService>();
        services.AddSingleton(settings.Audience);
        services.AddSingleton<AudienceJudge>();
        services.AddSingleton<ListPositions>();
        services.AddSingleton<WatchCounters>();
        services.AddSingleton<ChangedMembers>();
        services.AddSingleton<DecisionWatches>();
        services.AddSingleton<AudienceService>();
        services.AddSingleton<WarmUp>();
        services.AddHostedService(provider => provider.GetRequiredService<WarmUp>());
        if (settings.Reflection)
        {
            services.AddGrpcReflection();
        }
    }

    private static void AddFeeding(IServiceCollection services, ConsentSettings settings)
    {
        var connectionString = settings.Postgres.FeedConnectionString is { Length: > 0 } own ? own : settings.Postgres.ConnectionString;
        services.AddSingleton(settings.Feed);
        services.AddSingleton<FeedCounters>();
        services.AddKeyedSingleton(FeedKey, (provider, _) => FactsDataSource.Create(connectionString, provider.GetRequiredService<ILoggerFactory>()));
        // A connection of its own: a rebuild must not stand before the checks' reads in one queue.
        services.AddKeyedSingleton(FeedKey, (_, _) => RedisConnection.Open(settings.Redis.Configuration));
        services.AddSingleton(provider =>
        {
            var pool = provider.GetRequiredKeyedService<NpgsqlDataSource>(FeedKey);
            return new FeedDatabase(new FactsDatabase(pool, provider.GetRequiredService<ILogger<FactsDatabase>>()), pool, connectionString);
        });
        services.AddKeyedSingleton(FeedKey, (provider, _) => new FactsCache(
            provider.GetRequiredKeyedService<RedisConnection>(FeedKey), provider.GetRequiredService<CacheSettings>(), provider.GetRequiredService<ConsentMetrics>()));
        services.AddHostedService(provider => new FeedWorker(
            provider.GetRequiredService<FeedDatabase>(),
            provider.GetRequiredKeyedService<FactsCache>(FeedKey),
            settings.Feed,
            provider.GetRequiredService<FeedCounters>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<FeedWorker>>(),
            cancellation => EraseDueAsync(provider, cancellation),
            provider.GetRequiredService<ConsentMetrics>()));
        AddAudit(services, settings);
    }

    private static void AddAudit(IServiceCollection services, ConsentSettings settings)
    {
        services.AddSingleton<AuditCounters>();
        services.AddHostedService(provider => new AuditWorker(
            provider.GetRequiredService<FeedDatabase>(),
            provider.GetRequiredKeyedService<FactsCache>(FeedKey),
            settings.Audit,
            provider.GetRequiredService<AuditCounters>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<AuditWorker>>()));
    }

    /// <summary>§10: erasures whose time has come.</summary>
    private static Task<int> EraseDueAsync(IServiceProvider provider, CancellationToken cancellation) => provider.GetRequiredService<Erasures>()
        .EraseDueAsync(provider.GetRequiredService<TimeProvider>().GetUtcNow(), ErasurePageSize, cancellation);

    private static void Map(WebApplication app, ConsentSettings settings, Type gate)
    {
        var json = MapRpcs(app, settings);
        app.MapWhen(http => http.Request.Protocol != HttpProtocol.Http2, other =>
        {
            if (json is not null)
            {
                other.MapWhen(http => http.Features.Get<JsonConnection>() is not null, door => json.Map(door, settings.Traces.IsOn, gate));
            }

            Probes.Map(other);
        });
        app.Use(next => http =>
        {
            StreamRelease.Release(http);
            return next(http);
        });
        app.UseRouting();
        if (settings.Traces.IsOn)
        {
            app.UseMiddleware<TraceMiddleware>();
        }

        app.UseMiddleware(gate);
    }

    /// <summary>The door of HTTP and JSON; null without its port, and then nothing of it is there.</summary>
    private static JsonDoor? MapRpcs(WebApplication app, ConsentSettings settings)
    {
        if (settings.Listen.HttpPort is null)
        {
            MapServices(app, settings);
            return null;
        }

        var routes = new RpcRoutes(app.Services);
        MapServices(routes, settings);
        ((IEndpointRouteBuilder)app).DataSources.Add(routes.FindGrpc());
        var door = new JsonDoor(routes.FindJson(), isOpenToLoopback: settings.Access is { IsOn: false, AllowEverybodyToDoEverything: false });
        app.Services.GetRequiredService<JsonDoorHolder>().Door = door;
        return door;
    }

    private static void MapServices(IEndpointRouteBuilder routes, ConsentSettings settings)
    {
        var services = routes.ServiceProvider;
        EndpointLimits.LimitWatches(routes.MapGrpcService<HealthService>(), services.GetRequiredService<EndpointLimits>().HealthWatches);
        if (settings.Serves)
        {
            var limits = services.GetRequiredService<CallLimits>();
            routes.MapGrpcService<ConsentCheckService>().Guard(limits);
            routes.MapGrpcService<AudienceService>().Guard(limits);
            routes.MapGrpcService<RegistryService>().Guard(limits);
            if (settings.Reflection)
            {
                routes.MapGrpcReflectionService().GuardForCallers();
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
