namespace Belong.ConsentService.Registry;

/// <summary>What the registry is made of. The data source, the database and the settings come from outside.</summary>
public static class RegistryServices
{
    public static IServiceCollection AddConsentRegistry(this IServiceCollection services) => services
        .AddSingleton<WriteGuard>()
        .AddSingleton<MemberRegistry>()
        .AddSingleton<VendorRegister>()
        .AddSingleton<MemberImport>()
        .AddSingleton<HistoryReader>()
        .AddSingleton<Erasures>()
        .AddSingleton<WriteLog>()
        .AddSingleton<RegistryService>();
}
