namespace Belong.ConsentService.Tests.Monitoring;

/// <summary>The files of the repository that operations take over.</summary>
internal static class MonitoringFiles
{
    private static readonly string Root = Find();

    public static string MetricsPage => Path.Combine(Root, "docs", "metrics.md");

    public static string Runbooks => Path.Combine(Root, "docs", "runbooks");

    public static string Alerts => Path.Combine(Root, "monitoring", "alerts.yaml");

    public static string AlertTests => Path.Combine(Root, "monitoring", "tests");

    public static string Dashboard => Path.Combine(Root, "monitoring", "dashboard.json");

    public static string SpecCases => Path.Combine(Root, "spec", "cases");

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Belong.ConsentService.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"no repository above {AppContext.BaseDirectory}");
    }
}
