namespace Belong.ConsentService.Testing.Hosts;

/// <summary>Where the servers of the tests come from, when it is said: local binaries or containers.</summary>
internal static class ServerChoice
{
    private const string Variable = "CONSENT_TEST_SERVERS";
    private const string Local = "local";
    private const string Containers = "containers";

    /// <summary>The address of a server that somebody else runs, or null.</summary>
    /// <param name="variable">The environment variable that names it.</param>
    public static string? FindGiven(string variable) => CheckGiven(Read(Variable), variable, Read(variable));

    /// <summary>True for a container; false for the local program, which is there then.</summary>
    /// <param name="server">Its name, for people.</param>
    /// <param name="program">Where it is installed; null when it is not.</param>
    public static bool TakesContainer(string server, string? program) => TakesContainer(Read(Variable), server, program);

    internal static string? CheckGiven(string? choice, string variable, string? given) => choice is null || given is null
        ? given
        : throw new InvalidOperationException($"{Variable} is '{choice}' and {variable} names a server: only one of them may be set.");

    internal static bool TakesContainer(string? choice, string server, string? program) => choice switch
    {
        Containers => true,
        Local => program is null ? throw new InvalidOperationException($"{Variable} is '{Local}' and {server} is not installed.") : false,
        null => program is null,
        _ => throw new InvalidOperationException($"{Variable} is '{choice}': {Local} or {Containers} is allowed."),
    };

    private static string? Read(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;
}
