using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Belong.ConsentService.Client;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Puts the client of the consent service into a program.</summary>
public static class ConsentClientServices
{
    /// <summary>
    /// Registers <see cref="IConsentClient"/>, once for the program. Options that are wrong end the program at its start, each
    /// field named.
    /// </summary>
    /// <param name="services">Where to.</param>
    /// <param name="configure">At least <see cref="ConsentClientOptions.Addresses"/>.</param>
    public static IServiceCollection AddConsentClient(this IServiceCollection services, Action<ConsentClientOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddOptions<ConsentClientOptions>().Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ConsentClientOptions>, ConsentClientOptionsValidator>());
        services.TryAddSingleton<IConsentClient>(provider => new ConsentClient(
            provider.GetRequiredService<IOptions<ConsentClientOptions>>().Value, provider.GetService<TimeProvider>(), provider.GetService<ILoggerFactory>()));
        return services;
    }
}
