using System.Net;
using Belong.ConsentService.Access.Jwt;
using Belong.ConsentService.Access.Tls;
using Belong.ConsentService.Hosting;

namespace Belong.ConsentService.Access;

/// <summary>What is wrong with the settings of who may ask: what would open the service to others is refused.</summary>
internal static class AccessValidator
{
    public static void Check(ConsentSettings settings, List<string> errors)
    {
        var access = settings.Access;
        if (access.GrantsFile.Length > 0 && access.GrantsInDatabase)
        {
            errors.Add($"Consent:Access:GrantsInDatabase is true and GrantsFile is '{access.GrantsFile}': one of both is allowed");
        }

        SettingsValidator.CheckRange("Consent:Access:ReloadMs", access.ReloadMs, 10, 600_000, errors);
        CheckBeyondLoopback(settings, errors);
        CheckTls(settings.Listen.Tls, access, errors);
        if (access.Jwt.IsOn)
        {
            CheckJwt(access, errors);
        }
    }

    private static void CheckBeyondLoopback(ConsentSettings settings, List<string> errors)
    {
        if (!IPAddress.TryParse(settings.Listen.Address, out var address) || IPAddress.IsLoopback(address))
        {
            return;
        }

        if (!settings.Access.IsOn && !settings.Access.AllowEverybodyToDoEverything)
        {
            errors.Add($"Consent:Listen:Address is '{settings.Listen.Address}': without Consent:Access:GrantsFile or GrantsInDatabase only a loopback address is allowed (or AllowEverybodyToDoEverything)");
        }

        if (!settings.Listen.Tls.IsOn && !settings.Access.AllowPlaintextBeyondLoopback)
        {
            errors.Add($"Consent:Listen:Address is '{settings.Listen.Address}': without Consent:Listen:Tls only a loopback address is allowed (or Consent:Access:AllowPlaintextBeyondLoopback)");
        }
    }

    private static void CheckTls(TlsSettings tls, AccessSettings access, List<string> errors)
    {
        if (tls.CertificateFile.Length > 0 != tls.KeyFile.Length > 0)
        {
            errors.Add("Consent:Listen:Tls has one of CertificateFile and KeyFile: both or neither are allowed");
        }

        if (tls.ClientCaFile.Length > 0 && !tls.IsOn)
        {
            errors.Add($"Consent:Listen:Tls:ClientCaFile is '{tls.ClientCaFile}': with CertificateFile and KeyFile it is allowed");
        }

        if (tls.ClientCaFile.Length > 0 && !access.IsOn)
        {
            errors.Add($"Consent:Listen:Tls:ClientCaFile is '{tls.ClientCaFile}': with Consent:Access:GrantsFile or GrantsInDatabase it is allowed, which say whose certificates may do what");
        }
    }

    private static void CheckJwt(AccessSettings access, List<string> errors)
    {
        var jwt = access.Jwt;
        if (!access.IsOn)
        {
            errors.Add("Consent:Access:Jwt is given: with Consent:Access:GrantsFile or GrantsInDatabase it is allowed, which say whose tokens may do what");
        }

        if (jwt.Issuer.Length == 0)
        {
            errors.Add("Consent:Access:Jwt:Issuer is missing: what iss must be is required");
        }

        if (jwt.Audience.Length == 0)
        {
            errors.Add("Consent:Access:Jwt:Audience is missing: what aud must be is required");
        }

        if (jwt.KeysFile.Length > 0 == jwt.KeysUrl.Length > 0)
        {
            errors.Add("Consent:Access:Jwt has both or neither of KeysFile and KeysUrl: one of both is required");
        }

        if (jwt.KeysUrl.Length > 0 && !IsTrusted(jwt.KeysUrl))
        {
            errors.Add($"Consent:Access:Jwt:KeysUrl is '{jwt.KeysUrl}': an https address is allowed (http on loopback)");
        }

        SettingsValidator.CheckRange("Consent:Access:Jwt:RefreshSeconds", jwt.RefreshSeconds, 1, 86_400, errors);
        SettingsValidator.CheckRange("Consent:Access:Jwt:MaxKeysAgeSeconds", jwt.MaxKeysAgeSeconds, jwt.RefreshSeconds, 2_592_000, errors);
        SettingsValidator.CheckRange("Consent:Access:Jwt:ClockSkewSeconds", jwt.ClockSkewSeconds, 0, 300, errors);
    }

    /// <summary>Who could change the keys on their way could make tokens.</summary>
    private static bool IsTrusted(string address) => Uri.TryCreate(address, UriKind.Absolute, out var uri)
        && uri.UserInfo.Length == 0 && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback));
}
