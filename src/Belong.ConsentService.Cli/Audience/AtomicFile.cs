namespace Belong.ConsentService.Cli.Audience;

/// <summary>Files that are there whole, as before or as after, whenever the process ends.</summary>
internal static class AtomicFile
{
    /// <param name="path">The file; through a link, what it points to.</param>
    /// <param name="write">Writes the new content.</param>
    /// <param name="isDurable">The content is on the disk before the file is replaced.</param>
    public static void Write(string path, Action<Stream> write, bool isDurable = true)
    {
        var target = Target(path);
        using (var fresh = Create(target))
        {
            write(fresh);
            fresh.Flush(flushToDisk: isDurable);
        }

        Replace(target);
    }

    public static async Task WriteAsync(string path, Func<Stream, Task> write)
    {
        var target = Target(path);
        await using (var fresh = Create(target))
        {
            await write(fresh);
            fresh.Flush(flushToDisk: true);
        }

        Replace(target);
    }

    private static string Target(string path) =>
        File.Exists(path) && File.ResolveLinkTarget(path, returnFinalTarget: true) is { } pointed ? pointed.FullName : path;

    private static string Fresh(string target) => target + ".tmp";

    private static FileStream Create(string target)
    {
        var fresh = new FileStream(Fresh(target), FileMode.Create, FileAccess.Write, FileShare.None);
        if (!OperatingSystem.IsWindows() && File.Exists(target))
        {
            File.SetUnixFileMode(fresh.SafeFileHandle, File.GetUnixFileMode(target));
        }

        return fresh;
    }

    private static void Replace(string target) => File.Move(Fresh(target), target, overwrite: true);
}
