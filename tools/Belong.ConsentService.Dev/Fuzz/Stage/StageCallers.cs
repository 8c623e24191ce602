using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Belong.ConsentService.Dev.Fuzz.Tokens;

namespace Belong.ConsentService.Dev.Fuzz.Stage;

/// <summary>The two callers that the service knows: one that may ask and read, and one that may record as well.</summary>
internal sealed class StageCallers : IDisposable
{
    private const string AskerName = "fuzz-asker";
    private const string AskerKey = "fuzz-asker-0123456789abcdef";
    private const string WriterKey = "fuzz-writer-0123456789abcdef";

    private readonly TokenForge _forge = new();

    public StageCallers() => Tokens = new HostileTokens(_forge, AskerName);

    /// <summary>Tokens that are not to be believed.</summary>
    public HostileTokens Tokens { get; }

    /// <summary>What each of the ways to prove who calls looks like when it is right.</summary>
    public IReadOnlyList<string> Good { get; } = [Asker, Writer];

    public static string Asker => $"Bearer {AskerKey}";

    public static string Writer => $"Bearer {WriterKey}";

    public static string WriterSecret => WriterKey;

    /// <summary>What must not come back in any answer.</summary>
    public static IEnumerable<string> Secrets => [AskerKey, WriterKey];

    public static IEnumerable<string> Settings => [.. SettingsOf(AskerName, AskerKey, mayWrite: false), .. SettingsOf("fuzz-writer", WriterKey, mayWrite: true)];

    public void Dispose() => _forge.Dispose();

    private static IEnumerable<string> SettingsOf(string name, string key, bool mayWrite)
    {
        var place = $"Consent:Callers:{name}";
        string[] kinds = ["USE", "CONTRACTOR", "THIRD_PARTY", "ANONYMIZED"];
        return
        [
            $"{place}:KeySha256:0={Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(key)))}",
            .. kinds.Select((kind, i) => string.Create(CultureInfo.InvariantCulture, $"{place}:Kinds:{i}={kind}")),
            .. Enumerable.Range(1, 8).Select(purpose => string.Create(CultureInfo.InvariantCulture, $"{place}:Purposes:{purpose - 1}={purpose}")),
            $"{place}:MayClaimExceptions=true",
            $"{place}:MayRead=true",
            $"{place}:MayWrite={mayWrite}",
        ];
    }
}
