namespace Belong.ConsentService.Cli.Audience;

/// <summary>Files that are there whole, as before or as after, whenever the process ends.</summary>
internal static class AtomicFile
{
    /// <param name="path">The file; through a link, what it points to.</param>
    /// <param name="write">Writes the new content.</param>
    /// <param name="isDurable">The content is on the disk before the file is replaced.</param>
    public static void Write(string path, Action<Stream> write, bool isDurable = true)
    {
        var target = File.Exists(path) && File.ResolveLinkTarget(path, returnFinalTarget: true) is { } pointed ? pointed.FullName : path;
        var fresh = target + ".tmp";
        using (var stream = new FileStream(fresh, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            if (!OperatingSystem.IsWindows() && File.Exists(target))
            {
                File.SetUnixFileMode(stream.SafeFileHandle, File.GetUnixFileMode(target));
            }

            write(stream);
            stream.Flush(flushToDisk: isDurable);
        }

        File.Move(fresh, target, overwrite: true);
    }
}
