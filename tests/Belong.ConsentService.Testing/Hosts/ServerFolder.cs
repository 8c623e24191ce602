using System.Diagnostics;
using System.Globalization;

namespace Belong.ConsentService.Testing.Hosts;

/// <summary>Temporary folders of servers: named after the process that made them, so that those of a dead one can be swept.</summary>
internal static class ServerFolder
{
    private const string Prefix = "consent-test-";

    /// <param name="owner">The user who is to own the folder; null for the own one.</param>
    public static async Task<string> CreateAsync(string name, string? owner, CancellationToken cancellation)
    {
        Sweep();
        var prefix = string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Environment.ProcessId}-{name}-");
        var folder = Directory.CreateTempSubdirectory(prefix).FullName;
        if (owner is not null)
        {
            using var chown = Process.Start("chown", [$"{owner}:", folder]);
            await chown.WaitForExitAsync(cancellation);
        }

        return folder;
    }

    public static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // A file still held, or another sweeper: the next start sweeps again.
        }
    }

    private static void Sweep()
    {
        foreach (var folder in Directory.EnumerateDirectories(Path.GetTempPath(), Prefix + "*"))
        {
            var words = Path.GetFileName(folder)[Prefix.Length..].Split('-');
            if (int.TryParse(words[0], CultureInfo.InvariantCulture, out var processId) && !Kernel.IsAlive(processId))
            {
                Remove(folder);
            }
        }
    }
}
