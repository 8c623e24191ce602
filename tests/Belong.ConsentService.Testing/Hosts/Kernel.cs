using System.Globalization;
using System.Runtime.InteropServices;

namespace Belong.ConsentService.Testing.Hosts;

/// <summary>Signals and the process table.</summary>
internal static partial class Kernel
{
    public const int SigQuit = 3;
    public const int SigKill = 9;
    public const int SigTerm = 15;
    public const int SigCont = 18;
    public const int SigStop = 19;

    public static bool IsRoot => GetEffectiveUserId() == 0;

    public static void Send(int processId, int signal) => _ = SendSignal(processId, signal);

    /// <summary>False also for a process that has ended and only waits to be reaped.</summary>
    public static bool IsAlive(int processId) => ReadStat(processId) is { } stat && stat[0] is not ("Z" or "X");

    /// <summary>The direct children of a process: those of PostgreSQL have sessions of their own, so a group does not reach them.</summary>
    public static List<int> ChildrenOf(int processId)
    {
        var children = new List<int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id)
                && ReadStat(id) is { } stat
                && int.Parse(stat[1], CultureInfo.InvariantCulture) == processId)
            {
                children.Add(id);
            }
        }

        return children;
    }

    /// <summary>The fields behind the name: state, parent, ...</summary>
    private static string[]? ReadStat(int processId)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{processId}/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return null;
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int processId, int signal);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUserId();
}
