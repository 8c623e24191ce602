using Npgsql;

namespace Belong.ConsentService.Database;

/// <summary>Connections to the facts with the settings that this service relies on.</summary>
public static class FactsDataSource
{
    /// <param name="connectionString">What it states itself is kept.</param>
    public static NpgsqlDataSource Create(string connectionString, ILoggerFactory? logging = null)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        SetDefault(settings, "Application Name", "belong-consent");
        SetDefault(settings, "Max Auto Prepare", 64);
        SetDefault(settings, "Auto Prepare Min Usages", 2);
        SetDefault(settings, "Maximum Pool Size", 40);
        SetDefault(settings, "Timeout", 5);
        SetDefault(settings, "Command Timeout", 10);
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        builder.UseLoggerFactory(logging);
        // Of several hosts only the primary: a standby may be behind.
        return settings.Host?.Contains(',', StringComparison.Ordinal) == true
            ? builder.BuildMultiHost().WithTargetSession(TargetSessionAttributes.Primary)
            : builder.Build();
    }

    private static void SetDefault(NpgsqlConnectionStringBuilder settings, string key, object value)
    {
        if (!settings.ShouldSerialize(key))
        {
            settings[key] = value;
        }
    }
}
