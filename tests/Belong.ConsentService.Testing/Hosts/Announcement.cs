using System.Collections.Concurrent;

namespace Belong.ConsentService.Testing.Hosts;

/// <summary>Says once per kind which servers the tests use.</summary>
internal static class Announcement
{
    /// <summary>A file to say it in too, because the test runner keeps the console of the tests to itself.</summary>
    private const string FileVariable = "CONSENT_TEST_SERVERS_FILE";

    private static readonly ConcurrentDictionary<string, bool> Said = new();

    public static void Say(string line)
    {
        if (!Said.TryAdd(line, true))
        {
            return;
        }

        Console.WriteLine(line);
        if (Environment.GetEnvironmentVariable(FileVariable) is { Length: > 0 } file)
        {
            File.AppendAllText(file, line + "\n");
        }
    }
}
