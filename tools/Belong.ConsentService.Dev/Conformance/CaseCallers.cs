using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Belong.ConsentService.Access.Grants;
using Belong.ConsentService.Rules;
using Belong.ConsentService.Testing.Cases;

namespace Belong.ConsentService.Dev.Conformance;

/// <summary>The callers of the cases as registered clients: one for each caller with its grant, each with a key of its own.</summary>
internal sealed class CaseCallers
{
    public const string RegistrarKey = "conformance-registrar";

    private readonly List<CallerEntry> _entries = [];
    private readonly Dictionary<(string Name, Grant? Grant), string> _keys = [];

    public CaseCallers(IEnumerable<DecisionCase> cases)
    {
        _entries.Add(new CallerEntry { Name = "registrar", KeysSha256 = [HashOf(RegistrarKey)], Rpcs = ["*"], MayRecord = ["*"] });
        foreach (var @case in cases)
        {
            var caller = (@case.Caller ?? "", @case.Grant);
            if (_keys.TryAdd(caller, string.Create(CultureInfo.InvariantCulture, $"key-{_keys.Count}")))
            {
                _entries.Add(EntryOf(string.Create(CultureInfo.InvariantCulture, $"case-{_keys.Count}"), _keys[caller], caller.Grant));
            }
        }
    }

    /// <summary>The grants of all of them, as the service reads them.</summary>
    public byte[] WriteGrants() => JsonSerializer.SerializeToUtf8Bytes(
        new GrantsDocument { Version = 1, Callers = [.. _entries] }, GrantsJsonContext.Default.GrantsDocument);

    public string KeyOf(DecisionCase @case) => _keys[(@case.Caller ?? "", @case.Grant)];

    private static CallerEntry EntryOf(string name, string key, Grant? grant) => new()
    {
        Name = name,
        KeysSha256 = [HashOf(key)],
        Rpcs = ["*"],
        Vendors = ["*"],
        Kinds = grant is null ? [] : [.. Enum.GetValues<Kind>().Where(grant.Allows).Select(SpecNames.Kinds.Of)],
        Purposes = grant is null ? [] : [.. Enum.GetValues<Purpose>().Where(grant.Purposes.Contains).Select(purpose => (int)purpose)],
        MayClaimExceptions = grant is { MayClaimExceptions: true },
    };

    private static string HashOf(string key) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
}
