using System.Diagnostics;

namespace Belong.ConsentService.Testing.Hosts;

/// <summary>A command line of an installed server: as whom, in which folder, with which output.</summary>
/// <param name="User">Another user to become when root; null keeps the own one.</param>
/// <param name="Folder">Working folder, which the user owns; output goes to "log" in it.</param>
internal sealed record LocalCommand(string? User, string Folder, IReadOnlyList<string> Words)
{
    /// <summary>Variables besides those of this process.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    public string LogFile => Path.Combine(Folder, "log");

    /// <summary>The command line, which dies with this process also when this process is killed.</summary>
    public ProcessStartInfo ToStartInfo()
    {
        var info = new ProcessStartInfo("setpriv") { WorkingDirectory = Folder };
        info.Environment["LOG"] = LogFile;
        info.Environment["LC_ALL"] = "C.UTF-8";
        foreach (var (name, value) in Environment)
        {
            info.Environment[name] = value;
        }

        foreach (var word in Prefix().Concat(Words))
        {
            info.ArgumentList.Add(word);
        }

        return info;
    }

    /// <summary>Runs to its end; throws with its output when it fails.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var process = await Spawner.StartAsync(ToStartInfo());
        await process.WaitForExitAsync(cancellation);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{Words[0]} ended with {process.ExitCode}: {ReadLogEnd()}");
        }
    }

    public string ReadLogEnd()
    {
        try
        {
            return string.Join('\n', File.ReadLines(LogFile).TakeLast(20));
        }
        catch (IOException)
        {
            return "(no log)";
        }
    }

    private IEnumerable<string> Prefix()
    {
        string[] identity = User is null ? [] : ["--reuid", User, "--regid", User, "--init-groups"];
        return [.. identity, "--pdeathsig", "KILL", "--", "sh", "-c", "exec \"$@\" >>\"$LOG\" 2>&1 </dev/null", "sh"];
    }
}
