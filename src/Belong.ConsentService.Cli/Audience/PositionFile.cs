using System.Text;
using Belong.ConsentService.Cli.Arguments;

namespace Belong.ConsentService.Cli.Audience;

/// <summary>A file with the position that a watch goes on from.</summary>
internal static class PositionFile
{
    /// <summary>Beside the list that the position belongs to.</summary>
    public static string Of(string list) => list + ".position";

    /// <summary>Null when the file is not there.</summary>
    public static string? Read(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        return File.ReadAllText(path).Trim() is { Length: > 0 } position
            ? position
            : throw new UsageException($"{path} is empty: it must hold the position of a screening or a watch.");
    }

    public static void Write(string path, string position) =>
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(position + "\n")));
}
