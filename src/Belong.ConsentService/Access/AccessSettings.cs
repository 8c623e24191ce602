using Belong.ConsentService.Access.Jwt;

namespace Belong.ConsentService.Access;

/// <summary>Who may ask. Neither a file nor the database: nobody is asked who he is, on loopback only.</summary>
public sealed class AccessSettings
{
    /// <summary>The grants of all callers (docs/access.md).</summary>
    public string GrantsFile { get; set; } = "";

    /// <summary>The grants are the newest row of the table access_grants.</summary>
    public bool GrantsInDatabase { get; set; }

    /// <summary>How often grants, certificates and key files are looked at for changes.</summary>
    public int ReloadMs { get; set; } = 1_000;

    public JwtSettings Jwt { get; set; } = new();

    /// <summary>Listens beyond loopback although nobody is asked who he is: everybody who reaches the port may do everything.</summary>
    public bool AllowEverybodyToDoEverything { get; set; }

    /// <summary>Listens beyond loopback without TLS, for where something else encrypts, such as the proxy of a mesh on the same host.</summary>
    public bool AllowPlaintextBeyondLoopback { get; set; }

    /// <summary>Callers must say who they are.</summary>
    public bool IsOn => GrantsFile.Length > 0 || GrantsInDatabase;
}
