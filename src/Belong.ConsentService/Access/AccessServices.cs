using Belong.ConsentService.Access.Grants;
using Belong.ConsentService.Access.Jwt;
using Belong.ConsentService.Access.Tls;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Overload;
using Grpc.AspNetCore.Server;
using Npgsql;

namespace Belong.ConsentService.Access;

/// <summary>What decides who may call what.</summary>
internal static class AccessServices
{
    public static void AddAccess(this IServiceCollection services, ConsentSettings settings, TlsHolder tls)
    {
        var access = settings.Access;
        services.AddSingleton(access);
        services.AddSingleton(access.Jwt);
        services.AddSingleton<AccessCounters>();
        services.AddSingleton<GrantsHolder>();
        services.AddSingleton<JwtKeysHolder>();
        services.AddSingleton<OwnCalls>();
        services.AddSingleton<Identification>();
        services.AddSingleton<StreamLeases>();
        services.AddSingleton<CallEnds>();
        services.AddSingleton(tls);
        if (settings.Listen.Tls.IsOn)
        {
            services.AddHostedService<TlsWorker>();
        }

        // Who only feeds is asked nothing but his health.
        if (settings.Serves)
        {
            AddFollowing(services, access);
        }
    }

    private static void AddFollowing(IServiceCollection services, AccessSettings access)
    {
        if (access.IsOn)
        {
            services.AddSingleton<IGrantsSource>(provider => access.GrantsFile.Length > 0
                ? new GrantsFile(access.GrantsFile)
                : new GrantsTable(provider.GetRequiredService<NpgsqlDataSource>()));
            services.AddHostedService<GrantsWorker>();
        }

        if (access.Jwt.IsOn)
        {
            services.AddHostedService<JwtKeysWorker>();
        }
    }

    /// <summary>Has the gate know each RPC of a service by its endpoint.</summary>
    public static void Guard(this GrpcServiceEndpointConventionBuilder endpoints, CallLimits limits) => endpoints.Add(endpoint =>
    {
        if (endpoint.Metadata.OfType<GrpcMethodMetadata>().FirstOrDefault() is { } method)
        {
            endpoint.Metadata.Add(limits.RouteOf(Enum.Parse<Rpc>(method.Method.Name)));
        }
    });

    /// <summary>Open to every caller, and to nobody else.</summary>
    public static void GuardForCallers(this IEndpointConventionBuilder endpoints) => endpoints.Add(endpoint =>
    {
        if (endpoint.Metadata.OfType<GrpcMethodMetadata>().Any())
        {
            endpoint.Metadata.Add(CallRoute.AnyCaller);
        }
    });
}
