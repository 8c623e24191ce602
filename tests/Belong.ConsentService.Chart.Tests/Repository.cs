using System.Runtime.CompilerServices;

namespace Belong.ConsentService.Chart.Tests;

/// <summary>The files of the repository that the tests read.</summary>
internal static class Repository
{
    public static readonly string Root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(FindHere())!, "..", ".."));

    public static string Chart => Path.Combine(Root, "charts", "consent-service");

    public static string Schema => Path.Combine(Chart, "values.schema.json");

    public static string Dockerfile => Path.Combine(Root, "Dockerfile");

    public static string Alerts => Path.Combine(Root, "monitoring", "alerts.yaml");

    public static string Dashboard => Path.Combine(Root, "monitoring", "dashboard.json");

    /// <summary>What the chart rendered in each setting when it was last changed.</summary>
    public static string Rendered => Path.Combine(Root, "tests", "Belong.ConsentService.Chart.Tests", "Rendered");

    private static string FindHere([CallerFilePath] string file = "") => file;
}
