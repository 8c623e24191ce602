using System.Collections.Frozen;
using Belong.ConsentService.Access.Tls;

namespace Belong.ConsentService.Access.Grants;

/// <summary>All callers of one version of the grants. Never changed: a new version takes its place whole.</summary>
public sealed class CallerGrants
{
    private readonly FrozenDictionary<string, Caller> _byName;
    private readonly FrozenDictionary<string, Caller> _byCertificateName;
    private readonly FrozenDictionary<string, Caller> _bySubject;
    private readonly KeyTable _byKey;

    public CallerGrants(long version, IReadOnlyList<(CallerEntry Entry, Caller Caller)> callers)
    {
        Version = version;
        _byName = callers.ToFrozenDictionary(caller => caller.Caller.Name, caller => caller.Caller, StringComparer.OrdinalIgnoreCase);
        _byCertificateName = callers.SelectMany(caller => caller.Entry.CertificateNames, (caller, name) => (name, caller.Caller))
            .ToFrozenDictionary(pair => CertificateNames.Normalize(pair.name), pair => pair.Caller, StringComparer.Ordinal);
        _bySubject = callers.SelectMany(caller => caller.Entry.JwtSubjects, (caller, subject) => (subject, caller.Caller))
            .ToFrozenDictionary(pair => pair.subject, pair => pair.Caller, StringComparer.Ordinal);
        _byKey = new KeyTable(callers.SelectMany(caller => caller.Entry.KeysSha256, (caller, hash) => (Convert.FromHexString(hash), caller.Caller)));
    }

    /// <summary>Nobody yet.</summary>
    public static CallerGrants None { get; } = new(0, []);

    public long Version { get; }

    internal SeenKeys SeenKeys { get; } = new();

    public int CallerCount => _byName.Count;

    public Caller? Find(string name) => _byName.GetValueOrDefault(name);

    /// <param name="hash">SHA-256 of what was presented.</param>
    public Caller? FindByKey(ReadOnlySpan<byte> hash) => _byKey.Find(hash);

    public Caller? FindBySubject(string subject) => _bySubject.GetValueOrDefault(subject);

    /// <summary>The one caller that the names of a certificate stand for; null when they stand for none or for several.</summary>
    public Caller? FindByCertificate(string[] names)
    {
        Caller? found = null;
        foreach (var name in names)
        {
            if (_byCertificateName.TryGetValue(name, out var caller) && caller != found)
            {
                if (found is not null)
                {
                    return null;
                }

                found = caller;
            }
        }

        return found;
    }
}
