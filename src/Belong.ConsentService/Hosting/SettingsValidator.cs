using System.Globalization;
using System.Net;
using Belong.ConsentService.Access;
using Belong.ConsentService.Audit;
using Belong.ConsentService.Database;
using Belong.ConsentService.Feed;
using Belong.ConsentService.Tracing;

namespace Belong.ConsentService.Hosting;

/// <summary>Finds everything that is wrong with the settings, so that all of it can be mended at once.</summary>
public static class SettingsValidator
{
    private const double MinAuditPercent = 0.001;
    private const double MaxAuditPercent = 1_000_000;

    public static IReadOnlyList<string> FindErrors(ConsentSettings settings)
    {
        var errors = new List<string>();
        CheckRoles(settings, errors);
        CheckListen(settings, errors);
        CheckStores(settings, errors);
        CheckNumbers(settings, errors);
        AccessValidator.Check(settings, errors);
        return errors;
    }

    private static void CheckRoles(ConsentSettings settings, List<string> errors)
    {
        if (settings.Roles.Length == 0)
        {
            errors.Add("Consent:Roles is empty: serve, feed or both are allowed");
        }

        foreach (var role in settings.Roles)
        {
            if (role is not ("serve" or "feed"))
            {
                errors.Add($"Consent:Roles is '{role}': serve, feed or both are allowed");
            }
        }
    }

    private static void CheckListen(ConsentSettings settings, List<string> errors)
    {
        CheckPort("Consent:Listen:GrpcPort", settings.Listen.GrpcPort, errors);
        CheckPort("Consent:Listen:MetricsPort", settings.Listen.MetricsPort, errors);
        if (settings.Listen.GrpcPort == settings.Listen.MetricsPort && settings.Listen.GrpcPort != 0)
        {
            errors.Add($"Consent:Listen:MetricsPort is {settings.Listen.MetricsPort}: another port than GrpcPort is allowed");
        }

        if (settings.Listen.HttpPort is { } http)
        {
            CheckHttpPort(settings, http, errors);
        }

        if (!IPAddress.TryParse(settings.Listen.Address, out _))
        {
            errors.Add($"Consent:Listen:Address is '{settings.Listen.Address}': an IP address is allowed");
        }
    }

    private static void CheckHttpPort(ConsentSettings settings, int port, List<string> errors)
    {
        CheckPort("Consent:Listen:HttpPort", port, errors);
        if (port != 0 && (port == settings.Listen.GrpcPort || port == settings.Listen.MetricsPort))
        {
            errors.Add($"Consent:Listen:HttpPort is {port}: another port than GrpcPort and MetricsPort is allowed");
        }

        if (!settings.Serves)
        {
            errors.Add($"Consent:Listen:HttpPort is {port}: with the role serve it is allowed");
        }
    }

    private static void CheckPort(string name, int port, List<string> errors)
    {
        if (port is < 0 or > 65_535)
        {
            errors.Add($"{name} is {port}: 0 to 65535 is allowed");
        }
    }

    private static void CheckStores(ConsentSettings settings, List<string> errors)
    {
        if (settings.Postgres.ConnectionString.Length == 0)
        {
            errors.Add("Consent:Postgres:ConnectionString is missing: a connection string such as 'Host=localhost;Database=consent;Username=consent' is required");
        }
        else
        {
            CheckConnectionString("Consent:Postgres:ConnectionString", settings.Postgres.ConnectionString, errors);
            CheckPool(settings, errors);
            CheckConnectionString("Consent:Postgres:FeedConnectionString", settings.Postgres.FeedConnectionString, errors);
        }

        if (settings.Redis.Configuration.Length == 0)
        {
            errors.Add("Consent:Redis:Configuration is missing: addresses such as 'localhost:6379' are required");
        }
        else
        {
            try
            {
                if (StackExchange.Redis.ConfigurationOptions.Parse(settings.Redis.Configuration).EndPoints.Count == 0)
                {
                    errors.Add("Consent:Redis:Configuration names no server: addresses such as 'localhost:6379' are required");
                }
            }
            catch (ArgumentException e)
            {
                errors.Add($"Consent:Redis:Configuration cannot be read: {e.Message}");
            }
        }

        if (settings.Redis.Prefix.Length is 0 or > 16 || !settings.Redis.Prefix.All(char.IsAsciiLetterOrDigit))
        {
            errors.Add($"Consent:Redis:Prefix is '{settings.Redis.Prefix}': 1 to 16 letters and digits are allowed");
        }
    }

    private static void CheckConnectionString(string name, string value, List<string> errors)
    {
        try
        {
            _ = new Npgsql.NpgsqlConnectionStringBuilder(value);
        }
        catch (ArgumentException e)
        {
            // The message names the keyword and not the value, which may hold a password.
            errors.Add($"{name} cannot be read: {e.Message}");
        }
    }

    /// <summary>What finds no connection free would wait in the pool, behind all limits.</summary>
    private static void CheckPool(ConsentSettings settings, List<string> errors)
    {
        if (settings.Serves && FactsDataSource.StatedPoolSize(settings.Postgres.ConnectionString) is { } stated && stated < settings.PoolSize)
        {
            errors.Add($"Consent:Postgres:ConnectionString has a Maximum Pool Size of {stated}: at least {settings.PoolSize} is allowed, which is Postgres:MaxConcurrentLookups, Limits:MaxConcurrentRegistryCalls, Limits:MaxConcurrentImports, Limits:MaxConcurrentWatches and {ConsentSettings.OtherConnections} more");
        }
    }

    private static void CheckNumbers(ConsentSettings settings, List<string> errors)
    {
        CheckRange("Consent:Postgres:MaxConcurrentLookups", settings.Postgres.MaxConcurrentLookups, 1, 10_000, errors);
        CheckRange("Consent:Postgres:LookupTimeoutMs", settings.Postgres.LookupTimeoutMs, 1, 60_000, errors);
        CheckRange("Consent:Redis:LookupTimeoutMs", settings.Redis.LookupTimeoutMs, 1, 60_000, errors);
        CheckRange("Consent:Freshness:SensitiveBoundMs", settings.Freshness.SensitiveBoundMs, 1_000, 3_600_000, errors);
        CheckRange("Consent:Freshness:OtherBoundMs", settings.Freshness.OtherBoundMs, 1_000, 86_400_000, errors);
        CheckRange("Consent:Freshness:ProbeMs", settings.Freshness.ProbeMs, 10, 10_000, errors);
        CheckRange("Consent:Limits:MaxConcurrentChecks", settings.Limits.MaxConcurrentChecks, 1, 100_000, errors);
        CheckRange("Consent:Limits:MaxConcurrentBulkCalls", settings.Limits.MaxConcurrentBulkCalls, 1, 1_000, errors);
        CheckRange("Consent:Limits:MaxConcurrentWatches", settings.Limits.MaxConcurrentWatches, 1, 1_000, errors);
        CheckRange("Consent:Audience:IdleTimeoutSeconds", settings.Audience.IdleTimeoutSeconds, 1, 86_400, errors);
        CheckRange("Consent:Audience:MaxPositionAgeSeconds", settings.Audience.MaxPositionAgeSeconds, 60, 31_536_000, errors);
        CheckRange("Consent:Limits:MaxConcurrentRegistryCalls", settings.Limits.MaxConcurrentRegistryCalls, 1, 10_000, errors);
        CheckRange("Consent:Limits:MaxConcurrentImports", settings.Limits.MaxConcurrentImports, 1, 100, errors);
        CheckRange("Consent:Registry:IdleTransactionTimeoutMs", settings.Registry.IdleTransactionTimeoutMs, 100, 600_000, errors);
        CheckRange("Consent:Limits:MaxConnections", settings.Limits.MaxConnections, 1, 100_000, errors);
        CheckRange("Consent:Registry:ImportIdleTimeoutSeconds", settings.Registry.ImportIdleTimeoutSeconds, 1, 86_400, errors);
        CheckRange("Consent:WarmUp:MaxMs", settings.WarmUp.MaxMs, 0, 600_000, errors);
        CheckRange("Consent:DrainMs", settings.DrainMs, 0, 600_000, errors);
        CheckFeed(settings.Feed, errors);
        CheckTraces(settings.Traces, errors);
        CheckAudit(settings.Audit, errors);
        if (settings.Freshness.OtherBoundMs < settings.Freshness.SensitiveBoundMs)
        {
            errors.Add($"Consent:Freshness:OtherBoundMs is {settings.Freshness.OtherBoundMs}: at least SensitiveBoundMs ({settings.Freshness.SensitiveBoundMs}) is allowed");
        }
    }

    private static void CheckTraces(TraceSettings traces, List<string> errors)
    {
        if (traces.IsOn && !(Uri.TryCreate(traces.OtlpEndpoint, UriKind.Absolute, out var endpoint) && endpoint.Scheme is "http" or "https"))
        {
            errors.Add($"Consent:Traces:OtlpEndpoint is '{traces.OtlpEndpoint}': a URL such as http://localhost:4317 (gRPC) or http://localhost:4318/v1/traces (HTTP) is allowed");
        }

        if (traces.SampleRatio is not (>= 0 and <= 1))
        {
            errors.Add(string.Create(CultureInfo.InvariantCulture, $"Consent:Traces:SampleRatio is {traces.SampleRatio}: 0 to 1 is allowed"));
        }
    }

    private static void CheckFeed(FeedSettings feed, List<string> errors)
    {
        CheckRange("Consent:Feed:PollMs", feed.PollMs, 10, 60_000, errors);
        CheckRange("Consent:Feed:GatherMs", feed.GatherMs, 0, 1_000, errors);
        CheckRange("Consent:Feed:HeartbeatMs", feed.HeartbeatMs, 10, 60_000, errors);
        CheckRange("Consent:Feed:DeafAfterBeats", feed.DeafAfterBeats, 1, 1_000, errors);
        CheckRange("Consent:Feed:BatchSize", feed.BatchSize, 1, 100_000, errors);
        CheckRange("Consent:Feed:MaxBatchesInFlight", feed.MaxBatchesInFlight, 1, 100, errors);
        CheckRange("Consent:Feed:MinBackoffMs", feed.MinBackoffMs, 1, 60_000, errors);
        CheckRange("Consent:Feed:MaxBackoffMs", feed.MaxBackoffMs, feed.MinBackoffMs, 600_000, errors);
        CheckRange("Consent:Feed:ReadTimeoutSeconds", feed.ReadTimeoutSeconds, 1, 3_600, errors);
        CheckRange("Consent:Feed:HousekeepingSeconds", feed.HousekeepingSeconds, 1, 86_400, errors);
        CheckRange("Consent:Feed:GarbageWaitSeconds", feed.GarbageWaitSeconds, 0, 86_400, errors);
        CheckRange("Consent:Feed:GarbagePauseMs", feed.GarbagePauseMs, 0, 60_000, errors);
    }

    private static void CheckAudit(AuditSettings audit, List<string> errors)
    {
        if (audit.SharePerMinutePercent is not (0 or >= MinAuditPercent and <= MaxAuditPercent))
        {
            errors.Add(string.Create(CultureInfo.InvariantCulture, $"Consent:Audit:SharePerMinutePercent is {audit.SharePerMinutePercent}: 0 or {MinAuditPercent} to {MaxAuditPercent} is allowed"));
        }

        CheckRange("Consent:Audit:MaxMembersPerSecond", audit.MaxMembersPerSecond, 1, 100_000, errors);
        CheckRange("Consent:Audit:PageSize", audit.PageSize, 1, 10_000, errors);
        CheckRange("Consent:Audit:CoverTimeoutMs", audit.CoverTimeoutMs, 100, 60_000, errors);
        CheckRange("Consent:Audit:TakeOverMs", audit.TakeOverMs, 100, 600_000, errors);
    }

    internal static void CheckRange(string name, int value, int least, int most, List<string> errors)
    {
        if (value < least || value > most)
        {
            errors.Add($"{name} is {value}: {least} to {most} is allowed");
        }
    }
}
