namespace Belong.ConsentService.Access.Jwt;

/// <summary>Tokens that are taken in <c>authorization: Bearer TOKEN</c>.</summary>
public sealed class JwtSettings
{
    /// <summary>What <c>iss</c> must be. Empty: no tokens are taken.</summary>
    public string Issuer { get; set; } = "";

    /// <summary>What <c>aud</c> must be or hold.</summary>
    public string Audience { get; set; } = "";

    /// <summary>A JWKS file.</summary>
    public string KeysFile { get; set; } = "";

    /// <summary>Or the address of a JWKS, over https.</summary>
    public string KeysUrl { get; set; } = "";

    /// <summary>How often the address is asked. A token by a key that is not known makes it be asked sooner.</summary>
    public int RefreshSeconds { get; set; } = 300;

    /// <summary>Keys that could not be read anew for longer are no longer trusted.</summary>
    public int MaxKeysAgeSeconds { get; set; } = 86_400;

    /// <summary>How far the clock of the issuer may be off.</summary>
    public int ClockSkewSeconds { get; set; } = 30;

    public bool IsOn => Issuer.Length > 0 || Audience.Length > 0 || KeysFile.Length > 0 || KeysUrl.Length > 0;
}
