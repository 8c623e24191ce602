using System.Runtime.Versioning;
using Belong.ConsentService.Cli.Audience;

namespace Belong.ConsentService.Cli.Tests;

[UnsupportedOSPlatform("windows")]
public class AtomicFileTests
{
    [Fact]
    public async Task What_cannot_be_written_to_its_end_leaves_the_file_as_it_was()
    {
        using var folder = new Folder();
        var path = folder.Write("f", "before");

        Assert.Throws<IOException>(() => AtomicFile.Write(path, Break));
        await Assert.ThrowsAsync<IOException>(() => AtomicFile.WriteAsync(path, static stream => Task.Run(() => Break(stream))));

        Assert.Equal("before", folder.Read("f"));
    }

    [Fact]
    public void Through_a_link_the_file_is_written_that_it_points_to()
    {
        using var folder = new Folder();
        folder.Write("f", "before");
        File.CreateSymbolicLink(folder["link"], "f");

        AtomicFile.Write(folder["link"], static stream => stream.Write("after"u8));

        Assert.Equal(("f", "after"), (new FileInfo(folder["link"]).LinkTarget, folder.Read("f")));
    }

    [Fact]
    public void What_a_killed_process_left_behind_is_written_over()
    {
        using var folder = new Folder();
        folder.Write("f.tmp", "more than what comes after it");

        AtomicFile.Write(folder["f"], static stream => stream.Write("after"u8));

        Assert.Equal("after", folder.Read("f"));
        Assert.Equal(["f"], folder.Names);
    }

    [Fact]
    public void Who_may_read_it_stays_as_it_was()
    {
        using var folder = new Folder();
        File.SetUnixFileMode(folder.Write("f", "before"), UnixFileMode.UserRead | UnixFileMode.UserWrite);

        AtomicFile.Write(folder["f"], static stream => stream.Write("after"u8));

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder["f"]));
    }

    private static void Break(Stream stream)
    {
        stream.Write("aft"u8);
        throw new IOException("No space left on device");
    }
}
