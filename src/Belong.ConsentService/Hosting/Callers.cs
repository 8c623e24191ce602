using System.Collections.Frozen;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Belong.ConsentService.Rules;

namespace Belong.ConsentService.Hosting;

/// <summary>Finds out who calls, by the key in <c>authorization: Bearer KEY</c>; never by the message.</summary>
public sealed class Callers
{
    private const string Scheme = "Bearer ";
    private const int MaxKeyLength = 512;

    private readonly FrozenDictionary<string, Caller> _byKeyHash;
    private readonly Caller? _development;

    public Callers(ConsentSettings settings)
    {
        var byKeyHash = new Dictionary<string, Caller>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, caller) in settings.Callers)
        {
            var principal = new Caller(name, GrantOf(caller), caller.MayWrite, caller.MayRead);
            foreach (var hash in caller.KeySha256)
            {
                byKeyHash[hash] = principal;
            }
        }

        _byKeyHash = byKeyHash.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
        _development = settings.Callers.Count == 0 ? DevelopmentCaller() : null;
    }

    /// <summary>The caller of a request; null when it is not known.</summary>
    public Caller? Identify(HttpContext http)
    {
        if (_development is not null)
        {
            return http.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address) ? _development : null;
        }

        var header = http.Request.Headers.Authorization;
        if (header.Count != 1 || header[0] is not { } value || value.Length > MaxKeyLength || !value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        // Looking up the hash and not the key leaves nothing to learn from the time it takes.
        Span<byte> key = stackalloc byte[Encoding.UTF8.GetMaxByteCount(MaxKeyLength)];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        var length = Encoding.UTF8.GetBytes(value.AsSpan(Scheme.Length), key);
        SHA256.HashData(key[..length], hash);
        Span<char> hex = stackalloc char[SHA256.HashSizeInBytes * 2];
        Convert.TryToHexStringLower(hash, hex, out _);
        return _byKeyHash.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(hex, out var caller) ? caller : null;
    }

    private static Grant GrantOf(CallerSettings caller) => Grant.For(
        caller.Kinds.Select(ParseKind),
        PurposeSet.Of([.. caller.Purposes.Select(number => (Purpose)number)]),
        caller.MayClaimExceptions);

    private static Kind ParseKind(string kind) => kind switch
    {
        "USE" => Kind.Use,
        "CONTRACTOR" => Kind.Contractor,
        "THIRD_PARTY" => Kind.ThirdParty,
        _ => Kind.Anonymized,
    };

    private static Caller DevelopmentCaller() => new(
        "local-development", Grant.For(Enum.GetValues<Kind>(), new PurposeSet(byte.MaxValue), true), mayWrite: true, mayRead: true);
}
