using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Belong.ConsentService.Hosting;
using Belong.ConsentService.Rules;
using Belong.ConsentService.Testing.Cases;

namespace Belong.ConsentService.Dev.Conformance;

/// <summary>The callers of the cases as registered clients: one for each caller with its grant, each with a key of its own.</summary>
internal sealed class CaseCallers
{
    public const string RegistrarKey = "conformance-registrar";

    private readonly Dictionary<(string Name, Grant? Grant), string> _keys = [];

    public CaseCallers(IEnumerable<DecisionCase> cases)
    {
        Settings.Add("conformance-registrar", new CallerSettings { KeySha256 = [HashOf(RegistrarKey)], MayWrite = true, MayRead = true });
        foreach (var @case in cases)
        {
            var caller = (@case.Caller ?? "", @case.Grant);
            if (_keys.TryAdd(caller, string.Create(CultureInfo.InvariantCulture, $"key-{_keys.Count}")))
            {
                Settings.Add(string.Create(CultureInfo.InvariantCulture, $"{caller.Item1}.{_keys.Count}"), SettingsOf(_keys[caller], caller.Grant));
            }
        }
    }

    public Dictionary<string, CallerSettings> Settings { get; } = [];

    public string KeyOf(DecisionCase @case) => _keys[(@case.Caller ?? "", @case.Grant)];

    private static CallerSettings SettingsOf(string key, Grant? grant) => new()
    {
        KeySha256 = [HashOf(key)],
        Kinds = grant is null ? [] : [.. Enum.GetValues<Kind>().Where(grant.Allows).Select(SpecNames.Kinds.Of)],
        Purposes = grant is null ? [] : [.. Enum.GetValues<Purpose>().Where(grant.Purposes.Contains).Select(purpose => (int)purpose)],
        MayClaimExceptions = grant is { MayClaimExceptions: true },
    };

    private static string HashOf(string key) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
}
