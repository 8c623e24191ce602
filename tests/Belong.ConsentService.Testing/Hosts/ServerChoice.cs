namespace Belong.ConsentService.Testing.Hosts;

/// <summary>Where the servers of the tests come from, when it is said: local binaries or containers.</summary>
internal static class ServerChoice
{
    private const string Variable = "CONSENT_TEST_SERVERS";
    private const string Local = "local";
    private const string Containers = "containers";

    /// <summary>The address of a server that somebody else runs, or null.</summary>
    /// <param name="variable">The environment variable that names it.</param>
    public static string? FindGiven(string variable)
    {
        if (Read(variable) is not { } given)
        {
            return null;
        }

        return Read(Variable) is { } choice
            ? throw new InvalidOperationException($"{Variable} is '{choice}' and {variable} names a server: only one of them may be set.")
            : given;
    }

    /// <summary>True for a container; false for the local program, which is there then.</summary>
    /// <param name="server">Its name, for people.</param>
    /// <param name="program">Where it is installed; null when it is not.</param>
    public static bool TakesContainer(string server, string? program) => Read(Variable) switch
    {
        Containers => true,
        Local => program is null ? throw new InvalidOperationException($"{Variable} is '{Local}' and {server} is not installed.") : false,
        null => program is null,
        { } other => throw new InvalidOperationException($"{Variable} is '{other}': {Local} or {Containers} is allowed."),
    };

    private static string? Read(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;
}
