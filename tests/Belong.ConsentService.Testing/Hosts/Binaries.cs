namespace Belong.ConsentService.Testing.Hosts;

/// <summary>Finds installed servers.</summary>
internal static class Binaries
{
    private const string DebianPostgres = "/usr/lib/postgresql";

    /// <summary>The newest installed PostgreSQL's folder of programs, or null.</summary>
    public static string? FindPostgres()
    {
        if (Directory.Exists(DebianPostgres))
        {
            var newest = Directory.EnumerateDirectories(DebianPostgres)
                .Select(folder => Path.Combine(folder, "bin"))
                .Where(folder => File.Exists(Path.Combine(folder, "initdb")))
                .MaxBy(folder => int.TryParse(Path.GetFileName(Path.GetDirectoryName(folder)), out var major) ? major : 0);
            if (newest is not null)
            {
                return newest;
            }
        }

        return Path.GetDirectoryName(FindOnPath("initdb"));
    }

    public static string? FindRedis() => FindOnPath("redis-server");

    public static string? FindPrometheus() => FindOnPath("prometheus");

    public static string? FindHelm() => FindOnPath("helm");

    public static string? FindPromtool() => FindOnPath("promtool");

    private static string? FindOnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);
}
