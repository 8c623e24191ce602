using Npgsql;

namespace Belong.ConsentService.Database;

/// <summary>Connections to the facts with the settings that this service relies on.</summary>
public static class FactsDataSource
{
    private const int DefaultPoolSize = 40;
    private const int HostRecheckSeconds = 1;

    /// <param name="connectionString">What it states itself is kept.</param>
    /// <param name="poolSize">As many connections as may be used at once: nothing is to wait for one.</param>
    public static NpgsqlDataSource Create(string connectionString, ILoggerFactory? logging = null, int poolSize = DefaultPoolSize)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        SetDefault(settings, "Application Name", "belong-consent");
        SetDefault(settings, "Max Auto Prepare", 64);
        SetDefault(settings, "Auto Prepare Min Usages", 2);
        SetDefault(settings, "Maximum Pool Size", poolSize);
        SetDefault(settings, "Timeout", 5);
        SetDefault(settings, "Command Timeout", 10);
        // A host that was down a moment ago may be the primary by now: Npgsql would not look for ten seconds.
        SetDefault(settings, "Host Recheck Seconds", HostRecheckSeconds);
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        builder.UseLoggerFactory(logging);
        // Of several hosts only the primary: a standby may be behind.
        return settings.Host?.Contains(',', StringComparison.Ordinal) == true
            ? builder.BuildMultiHost().WithTargetSession(TargetSessionAttributes.Primary)
            : builder.Build();
    }

    /// <summary>How many connections a connection string allows; null when it does not say, or cannot be read.</summary>
    public static int? StatedPoolSize(string connectionString)
    {
        try
        {
            var settings = new NpgsqlConnectionStringBuilder(connectionString);
            return settings.Pooling && settings.ShouldSerialize("Maximum Pool Size") ? settings.MaxPoolSize : null;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static void SetDefault(NpgsqlConnectionStringBuilder settings, string key, object value)
    {
        if (!settings.ShouldSerialize(key))
        {
            settings[key] = value;
        }
    }
}
